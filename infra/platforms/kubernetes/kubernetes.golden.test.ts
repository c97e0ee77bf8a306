// One artefact per service and stack of this platform, and the ground they stand on. `npm run golden` rewrites them; the diff
// is for reviewers.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { STACKS_ON, stackContext } from "../../testing/stack-context";
import { renderService } from "../platform";
import { artefact } from "./artefact";
import { ground } from "./ground";
import { kubernetes } from "./kubernetes";

const STACKS = STACKS_ON.kubernetes;

describe.each(STACKS)("stack %s", (stack) => {
  const golden = join(__dirname, "golden", stack);
  const context = stackContext(stack, kubernetes);

  test("the ground is as committed", async () => {
    await expect(artefact(ground(context))).toMatchFileSnapshot(join(golden, "ground.yaml"));
  });

  test.each(context.services.map((spec) => [spec.name, spec] as const))("%s is as committed", async (name, spec) => {
    await expect(artefact(renderService(kubernetes, spec, context))).toMatchFileSnapshot(join(golden, `${name}.yaml`));
  });

  test("there is no artefact of a service that is gone", () => {
    const expected = ["ground", ...context.services.map(({ name }) => name)].map((name) => `${name}.yaml`);
    expect(readdirSync(golden).filter((file) => !expected.includes(file))).toEqual([]);
  });
});

test("every artefact belongs to a stack", () => {
  expect(readdirSync(join(__dirname, "golden")).sort()).toEqual([...STACKS].sort());
});
