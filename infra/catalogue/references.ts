// Which references a service holds, and where.
import { fileRefs } from "./certificates";
import {
  type EndpointRef,
  type PeersRef,
  type Ref,
  type ServiceName,
  type ServiceSpec,
  type Text,
  textParts,
} from "./spec";

/** What an inspection of the container would show, each with its path in the spec. */
export function inspectableTexts({ args, env, ready, alive }: ServiceSpec): readonly (readonly [string, Text])[] {
  return [
    ...args.map((value, i) => [`args/${i}`, value] as const),
    ...Object.entries(env).map(([key, value]) => [`env/${key}`, value] as const),
    ...(ready?.command ?? []).map((value) => ["ready", value] as const),
    ...(alive?.command ?? []).map((value) => ["alive", value] as const),
  ];
}

/** The references in a text, in order. */
export function refsOf(value: Text): readonly Ref[] {
  return textParts(value).filter((part) => typeof part !== "string");
}

/** Every reference of a service, wherever it stands. */
export function allRefs(spec: ServiceSpec): readonly Ref[] {
  return [...inspectableTexts(spec).flatMap(([, value]) => refsOf(value)), ...fileRefs(spec)];
}

/** The service that routes the roles of `name`; undefined where none does. */
export function routerOf(name: ServiceName, services: readonly ServiceSpec[]): ServiceSpec | undefined {
  return services.find(({ routesRolesOf }) => routesRolesOf?.service === name);
}

/** Its references to addresses: whom it connects to. */
export function addressRefs(spec: ServiceSpec): readonly (EndpointRef | PeersRef)[] {
  return allRefs(spec).filter((ref) => ref.ref === "endpoint" || ref.ref === "peers");
}
