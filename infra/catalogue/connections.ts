// Who connects to whom: exactly what the references say. Whatever lets traffic through reads this list.
import { oncePer } from "../lib/once-per";
import { addressRefs, allRefs, routerOf, serviceNamed } from "./references";
import type { ServiceName, ServiceSpec } from "./spec";

/** One service opens connections to a port of another, or its copies do to each other. */
export interface Connection {
  readonly from: ServiceName;
  readonly to: ServiceName;
  /** Name of the port in the target's `ports`. */
  readonly port: string;
}

/** Every connection of a stack, once, in the catalogue's order. A role leads to its service, or to what routes it. */
export const connections = oncePer((services: readonly ServiceSpec[]): readonly Connection[] => {
  const all = services.flatMap((spec) => [
    ...addressRefs(spec).flatMap(({ service, port }) => target(spec.name, service, port, services)),
    ...routed(spec, services),
    ...asked(spec, services),
    ...amongCopies(spec),
  ]);
  return [...new Map(all.map((one) => [`${one.from} ${one.to} ${one.port}`, one] as const)).values()];
});

/** The connections of a stack by one of their ends. */
export const connectionsTo = oncePer((services: readonly ServiceSpec[]) => byEnd(connections(services), "to"));
export const connectionsFrom = oncePer((services: readonly ServiceSpec[]) => byEnd(connections(services), "from"));

function byEnd(all: readonly Connection[], end: "from" | "to"): ReadonlyMap<ServiceName, readonly Connection[]> {
  const grouped = new Map<ServiceName, Connection[]>();
  for (const one of all) {
    const group = grouped.get(one[end]);
    if (group === undefined) grouped.set(one[end], [one]);
    else group.push(one);
  }
  return grouped;
}

function target(
  from: ServiceName,
  service: ServiceName,
  port: string,
  services: readonly ServiceSpec[],
): readonly Connection[] {
  const spec = serviceNamed(service, services);
  if (spec === undefined) return [];
  if (port in spec.ports) return [{ from, to: service, port }];
  const router = routerOf(service, services);
  const role = router?.routesRolesOf?.roles[port] ?? spec.roles[port];
  return role === undefined ? [] : [{ from, to: router?.name ?? service, port: role }];
}

/** What routes roles asks every member for its role, at all of its ports. */
function routed({ name, routesRolesOf }: ServiceSpec, services: readonly ServiceSpec[]): readonly Connection[] {
  const members = routesRolesOf && serviceNamed(routesRolesOf.service, services);
  return Object.keys(members?.ports ?? {}).map((port) => ({ from: name, to: members?.name as ServiceName, port }));
}

/** An exporter learns from Prometheus' requests whom to ask, so no reference of its own names them. */
function asked({ name, metrics }: ServiceSpec, services: readonly ServiceSpec[]): readonly Connection[] {
  return metrics.flatMap(({ asks = [] }) => asks).flatMap(({ service, port }) => target(name, service, port, services));
}

/** A copy that tells where it is does so for its peers: they reach it at every port that it names. */
function amongCopies(spec: ServiceSpec): readonly Connection[] {
  const own = allRefs(spec).flatMap((ref) => (ref.ref === "self" ? [ref.what] : []));
  if (!own.includes("host")) return [];
  const ports = own.flatMap((what) => (typeof what === "object" ? [what.port] : []));
  return [...new Set(ports)].map((port) => ({ from: spec.name, to: spec.name, port }));
}
