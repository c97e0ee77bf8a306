// The schema that editors use says the same as the one that checks a stack.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../tools/paths";
import { parseEnvironment, readStackFile, stackValues } from "./environment";
import { stackFileSchema, stackFileSchemaText } from "./stack-schema";
import { STACKS } from "./testing/stack-context";

test("stacks/schema.json is what `npm run schema` writes", () => {
  expect(readFileSync(join(ROOT, "stacks", "schema.json"), "utf8")).toBe(stackFileSchemaText());
});

test("every value has a description in the editor", () => {
  const { properties } = stackFileSchema() as { properties: { config: { properties: Record<string, Described> } } };
  const values = properties.config.properties;
  expect(Object.keys(values)).toEqual(Object.keys(stackValues.shape).map((key) => `groundwork:${key}`));
  expect(undescribed("", { properties: values })).toEqual([]);
});

test.each(STACKS)("stacks/Pulumi.%s.yaml passes the schema and names it for editors", (stack) => {
  expect(parseEnvironment(stack, readStackFile(ROOT, stack)).stack).toBe(stack);
  const [first] = readFileSync(join(ROOT, "stacks", `Pulumi.${stack}.yaml`), "utf8").split("\n");
  expect(first).toBe("# yaml-language-server: $schema=./schema.json");
});

test("docker stacks publish different ports, so that they can run side by side", () => {
  const ports = STACKS.map((stack) => parseEnvironment(stack, readStackFile(ROOT, stack)))
    .filter(({ platform }) => platform === "docker")
    .flatMap(({ publish: { address, databases: _, ...ports } }) =>
      Object.values(ports).map((port) => `${address}:${port}`),
    );
  expect(ports).toEqual([...new Set(ports)]);
});

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
}

function undescribed(path: string, { properties = {} }: Described): readonly string[] {
  return Object.entries(properties).flatMap(([key, value]) => [
    ...(value.description === undefined ? [`${path}/${key}`] : []),
    ...undescribed(`${path}/${key}`, value),
  ]);
}
