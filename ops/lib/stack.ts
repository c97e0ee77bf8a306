// A stack as every command sees it: its checked values and its services.
import { parseEnvironment, readStackFile } from "../../infra/environment";
import { readFunctions } from "../../infra/function-files";
import { plan } from "../../infra/plan";
import type { RenderContext } from "../../infra/platforms/platform";
import { PLATFORMS } from "../../infra/platforms/platforms";
import { ROOT } from "../../tools/paths";

/** The checked context of `stack`, images by their bare names; throws `InvalidInput` with every problem at once. */
export function loadStack(stack: string): RenderContext {
  const environment = parseEnvironment(stack, readStackFile(ROOT, stack));
  return plan(environment, PLATFORMS[environment.platform], (name) => name, readFunctions(ROOT, environment.functions));
}
