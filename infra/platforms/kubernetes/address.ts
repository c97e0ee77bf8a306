// Where services are on a cluster: names of its DNS, written so that they mean the same in every namespace of it.
import { routerOf, serviceNamed } from "../../catalogue/references";
import type { EndpointRef, PeersRef, ServiceName, ServiceSpec, Shape } from "../../catalogue/spec";
import type { Environment } from "../../environment";
import { copyName, hostNamespace, ownNamespace } from "../../lib/naming";
import type { Address, RenderContext } from "../platform";

/** What a stack says about its cluster. Throws without it: a rule whose addresses are missing would allow all of them. */
export function clusterOf({ stack, kubernetes }: Environment): NonNullable<Environment["kubernetes"]> {
  if (kubernetes === undefined) throw new Error(`stack ${stack} names no cluster; environment-rules.ts must refuse it`);
  return kubernetes;
}

/** The namespace of a stack. */
export function namespaceOf(environment: Environment): string {
  return ownNamespace(environment.stack, clusterOf(environment).namespace);
}

/** The namespace of what reads its machine, which the stack's own does not admit. */
export function hostNamespaceOf(environment: Environment): string {
  return hostNamespace(namespaceOf(environment));
}

/** Both namespaces of a stack. */
export function namespacesOf(environment: Environment): readonly string[] {
  return [namespaceOf(environment), hostNamespaceOf(environment)];
}

/** The namespace that a service's pods are in. */
export function namespaceFor({ hostReads }: ServiceSpec, environment: Environment): string {
  return hostReads.length > 0 ? hostNamespaceOf(environment) : namespaceOf(environment);
}

/** Name of the service without an address of its own, through which single copies are found. */
export const membersName = (service: ServiceName): string => `${service}-members`;
/** Name of the service that follows a role. */
export const roleName = (service: ServiceName, role: string): string => `${service}-${role}`;

/**
 * The host name of a service object. `.svc` keeps it inside: without it a name such as `redis.dev` would be asked of the
 * internet whenever the cluster does not know it.
 */
export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc`;
}

/** The host name of one copy of a service whose copies have names; `copy` may be what stands for it in its own pod. */
export function copyHost(copy: string, spec: ServiceSpec, environment: Environment): string {
  return `${copy}.${serviceHost(membersName(spec.name), namespaceFor(spec, environment))}`;
}

/** Shapes whose copies come and go without names of their own, and share one address. */
export const UNNAMED_COPIES: readonly Shape[] = ["stateless", "daemon", "job", "scheduled"];

/** Copies that have names and addresses of their own. */
export function hasNamedCopies({ shape }: ServiceSpec): boolean {
  return !UNNAMED_COPIES.includes(shape);
}

/**
 * An endpoint's one address: of the service, or of the role that the cluster routes. Of peers, the address of every copy
 * where copies have names; else the one that they share.
 */
export function address(of: EndpointRef | PeersRef, { environment, services }: RenderContext): readonly Address[] {
  const spec = serviceNamed(of.service, services);
  if (spec === undefined)
    throw new Error(`${of.service} is not part of this stack; check.ts must refuse the reference`);
  const namespace = namespaceFor(spec, environment);
  const port = spec.ports[of.port];
  if (port === undefined) return [roleAddress(spec, of, namespace, services)];
  if (of.ref === "peers" && hasNamedCopies(spec))
    return copies(spec).map((name) => ({ name, host: copyHost(name, spec, environment), port }));
  // A daemon has one copy on each machine, and no address that stands for any of them.
  const all = spec.shape === "daemon" || (of.ref === "endpoint" && of.form === "members");
  const name = all ? membersName(spec.name) : spec.name;
  return [{ name: spec.name, host: serviceHost(name, namespace), port }];
}

/** Of a role: what routes it, the name that follows it, or of a service with one copy, that copy. */
function roleAddress(
  spec: ServiceSpec,
  { ref, port }: EndpointRef | PeersRef,
  namespace: string,
  services: readonly ServiceSpec[],
): Address {
  const router = routerOf(spec.name, services);
  const [target, name, held] =
    router === undefined
      ? [spec, followsRoles(spec) ? roleName(spec.name, port) : spec.name, spec.roles[port]]
      : [router, router.name, router.routesRolesOf?.roles[port]];
  const number = target.ports[held ?? ""];
  if (ref === "peers" || number === undefined)
    throw new Error(`${spec.name} has neither a port nor a role ${port}; check.ts must refuse the reference`);
  return { name: target.name, host: serviceHost(name, namespace), port: number };
}

/** Services whose roles the cluster itself follows: see overrides.ts. */
export function followsRoles({ name }: ServiceSpec): boolean {
  return name === "postgres";
}

/** Every name that a consumer may reach `spec` by: its own, its copies', its roles', its router's, and those it asks for. */
export function names(spec: ServiceSpec, { environment, services: all }: RenderContext): readonly string[] {
  const namespace = namespaceFor(spec, environment);
  const router = routerOf(spec.name, all);
  const services = [
    spec.name,
    membersName(spec.name),
    ...(followsRoles(spec) ? Object.keys(spec.roles).map((role) => roleName(spec.name, role)) : []),
    ...(router === undefined ? [] : [router.name]),
  ];
  return [
    ...new Set([
      ...services.map((name) => serviceHost(name, namespace)),
      ...(hasNamedCopies(spec) ? copies(spec).map((copy) => copyHost(copy, spec, environment)) : []),
      "localhost",
      ...spec.certificateNames,
    ]),
  ];
}

/** The names of a service's copies, in order. */
export function copies({ name, copies }: ServiceSpec): readonly string[] {
  return Array.from({ length: copies }, (_, ordinal) => copyName(name, ordinal));
}
