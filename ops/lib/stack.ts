// A stack as every command sees it: its checked values and its services.
import { imageReference } from "../../infra/catalogue/images";
import { parseEnvironment, readStackFile } from "../../infra/environment";
import { readFunctions } from "../../infra/function-files";
import { plan } from "../../infra/plan";
import type { RenderContext } from "../../infra/platforms/platform";
import { PLATFORMS } from "../../infra/platforms/platforms";
import { readImageLock } from "../../tools/image-lock";
import { imageTags } from "../../tools/images";
import { ROOT } from "../../tools/paths";

/** The checked context of `stack`; throws `InvalidInput` with every problem at once. */
export function loadStack(stack: string): RenderContext {
  const environment = parseEnvironment(stack, readStackFile(ROOT, stack));
  const [tags, digests] = [imageTags(), readImageLock()];
  return plan(
    environment,
    PLATFORMS[environment.platform],
    (name) => imageReference(name, environment, tags, digests),
    readFunctions(ROOT, environment.functions),
  );
}
