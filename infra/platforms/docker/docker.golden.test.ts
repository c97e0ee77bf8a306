// One artefact per service of every docker stack, as it will run. `npm run golden` rewrites them; the diff is for reviewers.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { STACKS, stackContext } from "../../testing/stack-context";
import { renderService } from "../platform";
import { artefact } from "./artefact";
import { docker } from "./docker";

const GOLDEN = join(__dirname, "golden");

for (const stack of STACKS) {
  const context = stackContext(stack, docker);

  test.each(context.services.map((spec) => [spec.name, spec] as const))(
    `${stack}/%s is as committed`,
    async (name, spec) => {
      await expect(artefact(renderService(docker, spec, context))).toMatchFileSnapshot(
        join(GOLDEN, stack, `${name}.yaml`),
      );
    },
  );

  test(`${stack} has no artefact of a service that is gone`, () => {
    expect(readdirSync(join(GOLDEN, stack)).sort()).toEqual(context.services.map(({ name }) => `${name}.yaml`).sort());
  });
}
