// A stack as every command sees it: its checked values and its services.
import { parseEnvironment, readStackFile } from "../../infra/environment";
import { readFunctions } from "../../infra/function-files";
import { plan } from "../../infra/plan";
import { docker } from "../../infra/platforms/docker/docker";
import type { RenderContext } from "../../infra/platforms/platform";
import { ROOT } from "../../tools/paths";
import { unable } from "./failure";

/** The checked context of `stack`, images by their bare names; throws `InvalidInput` with every problem at once. */
export function loadStack(stack: string): RenderContext {
  const environment = parseEnvironment(stack, readStackFile(ROOT, stack));
  if (environment.platform !== "docker")
    throw unable(
      `stacks/Pulumi.${stack}.yaml: platform`,
      `this command works on docker, got ${environment.platform}`,
      "set groundwork:platform to docker",
    );
  return plan(environment, docker, (name) => name, readFunctions(ROOT, environment.functions));
}
