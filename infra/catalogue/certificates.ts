// Who needs a certificate: exactly the services whose delivered files refer to their own.
import { type Ref, type ServiceSpec, textParts } from "./spec";

/** The services that use a certificate of their own, in the catalogue's order. */
export function certifiedServices(services: readonly ServiceSpec[]): readonly ServiceSpec[] {
  const used = new Set(services.flatMap(fileRefs).flatMap((ref) => (ref.ref === "certificate" ? [ref.of] : [])));
  return services.filter(({ name }) => used.has(name));
}

/** Every reference in what is delivered to a service: its files, and variables that hold secrets. */
export function fileRefs(spec: ServiceSpec): readonly Ref[] {
  return [...Object.values(spec.files), ...Object.values(spec.secretEnv)].flatMap((content) =>
    textParts(content).filter((part) => typeof part !== "string"),
  );
}
