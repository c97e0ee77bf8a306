// Whether a stack has every secret that its services need and only a person can give.
import { GIVEN_SECRETS, type GivenSecretName } from "../environment";
import type { Problem } from "../lib/errors";
import { fileRefs } from "./certificates";
import type { ServiceSpec } from "./spec";

/** One problem for each service and given secret that it is delivered but that nobody has set. */
export function checkGivenSecrets(
  services: readonly ServiceSpec[],
  { stack, given }: { readonly stack: string; readonly given: readonly GivenSecretName[] },
): readonly Problem[] {
  return services.flatMap((spec) =>
    neededBy(spec)
      .filter((name) => !given.includes(name))
      .map((name) => ({
        path: `${spec.name} → ${name}`,
        fact: `the secret is not set: ${GIVEN_SECRETS[name].purpose}`,
        hint: `./groundwork secret set ${name} -s ${stack}`,
      })),
  );
}

function neededBy(spec: ServiceSpec): readonly GivenSecretName[] {
  const names = fileRefs(spec).flatMap((ref) => (ref.ref === "secret" ? [ref.name] : []));
  return [...new Set(names)].filter((name): name is GivenSecretName => name in GIVEN_SECRETS);
}
