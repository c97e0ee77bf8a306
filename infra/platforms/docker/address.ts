// Where services are on one Docker host: the engine's DNS answers to a copy's name and to its service's name.
import { routerOf, serviceNamed } from "../../catalogue/references";
import type { EndpointRef, PeersRef, ServiceSpec } from "../../catalogue/spec";
import { copyName } from "../../lib/naming";
import type { Address, RenderContext } from "../platform";

/** An endpoint's one address (of the service, or of what routes its role), or the address of every copy. */
export function address(of: EndpointRef | PeersRef, context: RenderContext): readonly Address[] {
  const spec = find(of.service, context);
  if (of.ref === "endpoint" && of.form === "members")
    throw new Error(`${of.service}: no name stands for all copies on docker, where each has its own`);
  if (of.ref === "peers") return copies(spec).map((name) => ({ name, host: name, port: portOf(spec, of.port) }));
  if (of.port in spec.ports) return [{ name: spec.name, host: spec.name, port: portOf(spec, of.port) }];
  const router = routerFor(spec, context);
  // Of a service with one copy, that copy holds every role.
  if (router === undefined)
    return [{ name: spec.name, host: spec.name, port: portOf(spec, spec.roles[of.port] ?? of.port) }];
  const port = router.routesRolesOf?.roles[of.port];
  if (port === undefined) throw new Error(`${spec.name} has neither a port nor a role ${of.port}`);
  return [{ name: router.name, host: router.name, port: portOf(router, port) }];
}

/** Every name that a consumer may reach `spec` by: its own, its copies', its router's, and those it asks for. */
export function names(spec: ServiceSpec, context: RenderContext): readonly string[] {
  const router = routerOf(spec.name, context.services);
  const routed = router === undefined ? [] : [router.name];
  return [...new Set([spec.name, ...copies(spec), ...routed, "localhost", ...spec.certificateNames])];
}

/** The names of a service's copies, in order. */
export function copies(spec: ServiceSpec): readonly string[] {
  return Array.from({ length: spec.copies }, (_, ordinal) => copyName(spec.name, ordinal));
}

function find(name: string, { services }: RenderContext): ServiceSpec {
  const spec = serviceNamed(name, services);
  if (spec === undefined) throw new Error(`${name} is not part of this stack; check.ts must refuse the reference`);
  return spec;
}

/** What routes the roles of `spec`; a service with one copy needs nothing for that. */
function routerFor(spec: ServiceSpec, { services }: RenderContext): ServiceSpec | undefined {
  const router = routerOf(spec.name, services);
  if (router === undefined && spec.copies > 1)
    throw new Error(`nothing routes the roles of ${spec.name}; check.ts must refuse the reference`);
  return router;
}

function portOf(spec: ServiceSpec, port: string): number {
  const number = spec.ports[port];
  if (number === undefined) throw new Error(`${spec.name} has no port ${port}; check.ts must refuse the reference`);
  return number;
}
