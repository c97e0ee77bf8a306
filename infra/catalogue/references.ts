// Which references a service holds, where, and whom they mean.
import { oncePer } from "../lib/once-per";
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
export const allRefs = oncePer((spec: ServiceSpec): readonly Ref[] => [
  ...inspectableTexts(spec).flatMap(([, value]) => refsOf(value)),
  ...fileRefs(spec),
]);

/** The service of this name; undefined where the stack has none. */
export function serviceNamed(name: string, services: readonly ServiceSpec[]): ServiceSpec | undefined {
  return byName(services).get(name);
}

/** The service that routes the roles of `name`; undefined where none does. */
export function routerOf(name: ServiceName, services: readonly ServiceSpec[]): ServiceSpec | undefined {
  return routers(services).get(name);
}

// Every reference asks, so a search for each would make the work grow with the square of the catalogue.
const byName = oncePer((services: readonly ServiceSpec[]) =>
  firstOfEach(services.map((spec) => [spec.name, spec] as const)),
);
const routers = oncePer((services: readonly ServiceSpec[]) =>
  firstOfEach(
    services.flatMap((spec) => (spec.routesRolesOf === undefined ? [] : [[spec.routesRolesOf.service, spec] as const])),
  ),
);

function firstOfEach<Value>(entries: readonly (readonly [string, Value])[]): ReadonlyMap<string, Value> {
  return new Map([...entries].reverse());
}

/** Its references to addresses: whom it connects to. */
export function addressRefs(spec: ServiceSpec): readonly (EndpointRef | PeersRef)[] {
  return allRefs(spec).filter((ref) => ref.ref === "endpoint" || ref.ref === "peers");
}
