// Stack files stay in git as people wrote them, whatever the CLI adds.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { ROOT } from "../../tools/paths";
import { STACK_FILE_FILTER } from "./salt";

const filtered = (source: string) => execFileSync("sh", ["-c", STACK_FILE_FILTER], { input: source, encoding: "utf8" });

test("takes out the salt and the quotes that the plain CLI writes, and nothing else", () => {
  const committed = 'config:\n  groundwork:protect: false\n  groundwork:domain: localhost\n  groundwork:x: "5"\n';
  const written = `${committed.replace("false", '"false"')}encryptionsalt: v1:abc=:v1:def\n`;
  expect(filtered(written)).toBe(committed);
});

test.each(["local", "test"])("the file of stack %s is written as the plain CLI would write it", (stack) => {
  const source = readFileSync(join(ROOT, "stacks", `Pulumi.${stack}.yaml`), "utf8");
  const flow = Object.values(parse(source).config).filter((value) => typeof value === "object");
  expect(filtered(source)).toBe(source);
  expect(flow.length).toBeGreaterThan(0);
  expect(source).not.toMatch(/\{ | \}/);
});
