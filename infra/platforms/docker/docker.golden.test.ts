// One artefact per service, as the local stack runs it. `npm run golden` rewrites them; the diff is for reviewers.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stackContext } from "../../testing/stack-context";
import { renderService } from "../platform";
import { artefact } from "./artefact";
import { docker } from "./docker";

const GOLDEN = join(__dirname, "golden");

const context = stackContext("local", docker);

test.each(context.services.map((spec) => [spec.name, spec] as const))("%s is as committed", async (name, spec) => {
  await expect(artefact(renderService(docker, spec, context))).toMatchFileSnapshot(join(GOLDEN, `${name}.yaml`));
});

test("there is no artefact of a service that is gone", () => {
  expect(readdirSync(GOLDEN).sort()).toEqual(context.services.map(({ name }) => `${name}.yaml`).sort());
});
