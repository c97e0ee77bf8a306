// From stack values to everything that may be registered: services and context, checked as a whole before anything renders.
import { catalogue } from "./catalogue/catalogue";
import { checkCatalogue } from "./catalogue/check";
import { checkFunctions, type FunctionSources } from "./catalogue/function-sources";
import { checkGivenSecrets } from "./catalogue/given-secrets";
import { checkDigests, type ImageName } from "./catalogue/images";
import { checkPostgres } from "./catalogue/postgres";
import type { Environment } from "./environment";
import { refuse } from "./lib/errors";
import type { Platform, RenderContext } from "./platforms/platform";

/** The checked context of a stack on `platform`; throws `InvalidInput` with every problem at once. */
export function plan(
  environment: Environment,
  platform: Pick<Platform<unknown>, "provides" | "unsupported">,
  image: (name: ImageName) => string,
  sources: FunctionSources,
): RenderContext {
  const { services, omitted } = catalogue(environment, platform.provides, sources);
  const context = { environment, services, omitted, image };
  refuse([
    ...checkDigests(
      services.map((spec) => spec.image),
      environment,
      image,
    ),
    ...checkPostgres(environment.postgres),
    ...checkFunctions(environment.functions, sources),
    ...checkCatalogue(services, platform.provides),
    ...checkGivenSecrets(services, environment),
    ...services.flatMap((spec) => platform.unsupported(spec, context)),
  ]);
  return context;
}
