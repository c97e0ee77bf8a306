// One artefact per service and stack of this platform. `npm run golden` rewrites them; the diff is for reviewers.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stackContext } from "../../testing/stack-context";
import { renderService } from "../platform";
import { artefact } from "./artefact";
import { docker } from "./docker";

/** The stacks that a reader may meet on docker; `test` is `local` on other ports. */
const STACKS = ["local", "dev"] as const;

describe.each(STACKS)("stack %s", (stack) => {
  const golden = join(__dirname, "golden", stack);
  const context = stackContext(stack, docker);

  test.each(context.services.map((spec) => [spec.name, spec] as const))("%s is as committed", async (name, spec) => {
    await expect(artefact(renderService(docker, spec, context))).toMatchFileSnapshot(join(golden, `${name}.yaml`));
  });

  test("there is no artefact of a service that is gone", () => {
    const expected = context.services.map(({ name }) => `${name}.yaml`);
    expect(readdirSync(golden).filter((file) => !expected.includes(file))).toEqual([]);
  });
});

test("every artefact belongs to a stack", () => {
  expect(readdirSync(join(__dirname, "golden")).sort()).toEqual([...STACKS].sort());
});
