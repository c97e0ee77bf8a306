// A stack as every command sees it: its checked values and its services.
import type { ImageName } from "../../infra/catalogue/images";
import { parseEnvironment, readStackFile } from "../../infra/environment";
import { plan } from "../../infra/plan";
import { docker } from "../../infra/platforms/docker/docker";
import type { RenderContext } from "../../infra/platforms/platform";
import { ROOT } from "../../tools/paths";
import { unable } from "./failure";

/**
 * The checked context of `stack`; throws `InvalidInput` with every problem at once.
 * @default image - the image's bare name, enough for whoever renders nothing
 */
export function loadStack(stack: string, image: (name: ImageName) => string = (name) => name): RenderContext {
  const environment = parseEnvironment(stack, readStackFile(ROOT, stack));
  if (environment.platform !== "docker")
    throw unable(
      `stacks/Pulumi.${stack}.yaml: platform`,
      `this command works on docker, got ${environment.platform}`,
      "set groundwork:platform to docker",
    );
  return plan(environment, docker, image);
}
