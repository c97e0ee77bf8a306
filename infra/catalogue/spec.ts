// What a service is: plain, frozen data that every platform can render. No Pulumi, no I/O, no platform names.
// Long because references and the spec that holds them are one vocabulary, read together.
import type { Duration, Size } from "../lib/units";
import type { ImageName } from "./images";
import type { SecretName } from "./secrets";

/** The closed list of services. A new service starts here; CONTRIBUTING.md says what follows. */
export const SERVICE_NAMES = [
  "etcd",
  "postgres",
  "postgres-setup",
  "haproxy",
  "pgbouncer",
  "pgbouncer-replicas",
  "redis-sentinel",
  "redis",
  "redis-proxy",
  "minio",
  "minio-setup",
  "minio-heal",
  "auth",
  "rest",
  "realtime",
  "imgproxy",
  "storage",
  "functions",
  "studio",
  "meta",
  "gateway",
  "node-exporter",
  "postgres-exporter",
  "pgbouncer-exporter",
  "pgbouncer-replicas-exporter",
  "redis-exporter",
  "pushgateway",
  "alertmanager",
  "loki",
  "collector",
  "blackbox-exporter",
  "grafana",
  "prometheus",
  "traefik",
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** How copies live: interchangeable, with an identity and data, one per machine, once to an end, or on a schedule. Stated, never inferred. */
export type Shape = "stateless" | "stateful" | "daemon" | "job" | "scheduled";

/** What of its machine a daemon reads, and nothing else does: the logs of all containers, or the machine's own figures. */
export type HostRead = "logs" | "machine";

/** Zones of reachability: `edge` may reach outside and publish ports, `app` and `data` have no way out. */
export type Network = "edge" | "app" | "data";

/** What the platform itself brings, so that the catalogue does not run a service for it. */
export interface Provides {
  /** A consensus store in which Patroni can elect its leader. */
  readonly consensus: boolean;
  /** Addresses that follow a role ("the primary") without a proxy. */
  readonly roleRouting: boolean;
  /**
   * Shapes whose copies have no names of their own, so that nobody can be told beforehand where each is: one name stands for
   * all of them (`endpoint(…, "members")`), and its DNS record lists the address of each.
   */
  readonly unnamedCopies: readonly Shape[];
  /** The logs of all containers, for who has `hostReads: ["logs"]`. */
  readonly logs: LogFiles;
}

/** Where the logs of all containers lie in a daemon that reads them, and how their lines are written. */
export interface LogFiles {
  /** A glob, in which `{namespace}` stands for a namespace of the stack. */
  readonly files: string;
  /** `docker`: JSON with the container's labels. `kubernetes`: CRI lines; the path names namespace, pod and container. */
  readonly format: "docker" | "kubernetes";
}

/** Where every delivered file lies inside a container; `file("x")` is `${FILES}/x`. */
export const FILES = "/etc/groundwork";

// --- References: values that a platform turns into addresses, mounts and secret deliveries ---------------------------

/**
 * One address of a service: of a port in its `ports`, or of a role in its `roles` (`postgres`/`primary`). `members` is the host
 * name whose DNS record lists every copy, where the platform says that copies have no names.
 */
export interface EndpointRef {
  readonly ref: "endpoint";
  readonly service: ServiceName;
  readonly port: string;
  readonly form: "host" | "port" | "host:port" | "members";
}
/** Every member's own address, each written as `format` (`{name}`, `{host}`, `{port}`) and joined by `separator`. */
export interface PeersRef {
  readonly ref: "peers";
  readonly service: ServiceName;
  readonly port: string;
  readonly format: string;
  readonly separator: string;
}
/** This copy itself: its name (`postgres-0`), the host its peers reach it by, or one of its ports. Only in env, args, probes. */
export interface SelfRef {
  readonly ref: "self";
  readonly what: "name" | "host" | { readonly port: string };
}
/** The value of a generated secret. Only in files: what holds one is delivered as a secret, readable by the service alone. */
export interface SecretRef {
  readonly ref: "secret";
  readonly name: SecretName;
}
/** A PEM of the private CA, or of the certificate issued to a service for all names that it is reached by. Only in files. */
export interface CertificateRef {
  readonly ref: "certificate";
  readonly of: ServiceName | "authority";
  readonly part: "certificate" | "key";
}
/** The path of one of this service's own delivered files. */
export interface FileRef {
  readonly ref: "file";
  readonly name: string;
}

export type Ref = EndpointRef | PeersRef | SelfRef | SecretRef | CertificateRef | FileRef;
/** A string with references in it; what it holds stays structured until a platform flattens it. */
export type Text = string | Ref | readonly (string | Ref)[];

/** The address of a port or role, e.g. `endpoint("etcd", "client")` → `etcd:2379`. @default form "host:port" */
export const endpoint = (service: ServiceName, port: string, form: EndpointRef["form"] = "host:port"): EndpointRef => ({
  ref: "endpoint",
  service,
  port,
  form,
});
/** Every member's address. @default format "{host}:{port}", separator "," */
export const peers = (
  service: ServiceName,
  port: string,
  { format = "{host}:{port}", separator = "," }: { format?: string; separator?: string } = {},
): PeersRef => ({ ref: "peers", service, port, format, separator });
/** This copy's own name, host or port. */
export const self = (what: SelfRef["what"]): SelfRef => ({ ref: "self", what });
/** A generated secret's value. */
export const secret = (name: SecretName): SecretRef => ({ ref: "secret", name });
/** A certificate's or its key's PEM. */
export const certificate = (of: CertificateRef["of"], part: CertificateRef["part"]): CertificateRef => ({
  ref: "certificate",
  of,
  part,
});
/** The path of a delivered file. */
export const file = (name: string): FileRef => ({ ref: "file", name });

/** Tagged template that keeps references structured: text`host=${endpoint("etcd", "client", "host")}`. */
export function text(strings: TemplateStringsArray, ...values: readonly (Text | number)[]): Text {
  return joinText(strings.flatMap((s, i) => (i < values.length ? [s, values[i] as Text | number] : [s])));
}

/** Concatenates texts into one. */
export function joinText(parts: readonly (Text | number)[]): Text {
  const flat: (string | Ref)[] = [];
  const push = (part: string | Ref) => {
    const last = flat.at(-1);
    if (typeof part === "string" && typeof last === "string") flat[flat.length - 1] = last + part;
    else if (part !== "") flat.push(part);
  };
  for (const part of parts) {
    if (typeof part === "number") push(String(part));
    else for (const piece of textParts(part)) push(piece);
  }
  return flat.length === 1 ? (flat[0] as string | Ref) : flat;
}

/** The pieces of a text, in order. */
export function textParts(value: Text): readonly (string | Ref)[] {
  return Array.isArray(value) ? value : [value as string | Ref];
}

// --- The spec ----------------------------------------------------------------------------------------------------

/** A command that says whether a copy is well; a command because it runs on every platform. */
export interface Probe {
  readonly command: readonly Text[];
  /** A probe starts a process in every copy: below 10 seconds the local platform takes a quarter of a core at rest. @default "10 seconds" */
  readonly interval: Duration;
  /** @default "10 seconds" */
  readonly timeout: Duration;
  /** Failures in a row before the copy counts as unwell. @default 3 */
  readonly retries: number;
  /** Failures in this time after the start do not count. @default "30 seconds" */
  readonly startPeriod: Duration;
}
/** A probe from a command, with the defaults above. */
export const exec = (...command: readonly Text[]): Probe => ({
  command,
  interval: "10 seconds",
  timeout: "10 seconds",
  retries: 3,
  startPeriod: "30 seconds",
});

/** Upper bounds of one copy. */
export interface Resources {
  /** Cores. */
  readonly cpu: number;
  readonly memory: Size;
  /** Processes and threads. */
  readonly processes: number;
  /** What a machine must have free for one copy. @default - a tenth of its cores, half of its memory; see `reservedOf` */
  readonly reserved?: { readonly cpu: number; readonly memory: Size };
}

/**
 * Who goes first when machines run short: the database and the applications that people use, then what serves them, then what
 * watches them.
 */
export type Priority = "first" | "second" | "last";

/** How the number of copies follows their load. */
export interface Scale {
  /** Copies at most; at least there are as many as `copies` says. */
  readonly most: number;
  /** Average share of the reserved cores in use above which a copy is added, in percent. */
  readonly cpuPercent: number;
}

/** A data directory of its own for each copy. */
export interface Volume {
  readonly mount: string;
  readonly size: Size;
}

/** What a limit counts: everything, sign-in attempts, or uploads. Its numbers are stack values. */
export type LimitName = "general" | "auth" | "upload";

/** Requests of a route that one more limit counts. */
export interface LimitedPath {
  readonly limit: LimitName;
  /** How the path begins. */
  readonly path: string;
  /** A parameter that the query must have, too: name and value. @default - any query */
  readonly query?: readonly [name: string, value: string];
}

/** How the outside reaches a port through Traefik. */
export interface Route {
  /** First label of the host name: `storage` → `storage.<domain>`. */
  readonly host: string;
  readonly port: string;
  /** The published port by which it enters. Host names share `https`; a Postgres port belongs to one route. */
  readonly entry: "https" | "postgres" | "postgresReplicas";
  /** What the backend speaks; `postgres` is TCP with STARTTLS, passed through as it is. */
  readonly protocol: "http" | "https" | "postgres";
  /** Reachable only from the stack's `admin.allow` addresses, and not at all when that list is empty. */
  readonly admin: boolean;
  readonly limits: readonly LimitName[];
  /** Requests that a further limit counts. @default - none */
  readonly limited?: readonly LimitedPath[];
  /** Path that answers 2xx while a copy serves; copies that fail it get no requests. @default - only a failed connection moves on to another copy */
  readonly health?: string;
  /** The port that answers for it. @default - the route's own */
  readonly healthPort?: string;
  /** A browser stays with the copy that answered it first, while that one is well. For pages; clients of an API keep no cookies. @default false */
  readonly affinity?: boolean;
  /** Path prefixes that only the inside may ask for. @default - none */
  readonly internalPaths?: readonly string[];
}

/** One place where Prometheus finds metrics. */
export interface Metrics {
  readonly port: string;
  readonly path: string;
  readonly scheme: "http" | "https";
  /** Prometheus' name for it, its label `job`; a service with several places needs several. @default - the service's name */
  readonly job?: string;
  /** Any copy answers for all, so that one is asked. @default false */
  readonly shared?: boolean;
  /** The secret that Prometheus shows as a bearer token. @default - none */
  readonly token?: SecretName;
  /** For an exporter that asks others: whom, each with labels of its own. @default - the service itself has the metrics */
  readonly asks?: readonly Asked[];
}

/** What an exporter asks: every copy of a service, passed as the parameter `target`. */
export interface Asked {
  readonly service: ServiceName;
  readonly port: string;
  /** How the exporter wants the address, e.g. `https://{address}/`. */
  readonly target: string;
  /** Further parameters of the request, e.g. `module`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Labels besides `stack`, `service` and `copy`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What is kept of a service, and how. */
export type Backup = "none" | "physical" | "mirror";

/** One service of the platform. Built by `service()`, frozen, complete: nothing is inferred later. */
export interface ServiceSpec {
  readonly name: ServiceName;
  /** One sentence for tables and documents. */
  readonly purpose: string;
  readonly shape: Shape;
  readonly copies: number;
  readonly image: ImageName;
  /** Replaces the image's command. Empty: the image's own. */
  readonly args: readonly Text[];
  readonly env: Readonly<Record<string, Text>>;
  /**
   * Variables that hold secrets, for images which read theirs from nowhere else: delivered like secret files and put into
   * the environment at the start, so that no inspection shows them. Needs `args`, and a shell at `/bin/sh` in the image.
   */
  readonly secretEnv: Readonly<Record<string, Text>>;
  readonly ports: Readonly<Record<string, number>>;
  /** Names for "the copy that is X now": role → port name. A routing service or the platform follows them. */
  readonly roles: Readonly<Record<string, string>>;
  /** This service routes to another's roles: role → own port name. */
  readonly routesRolesOf?: { readonly service: ServiceName; readonly roles: Readonly<Record<string, string>> };
  /** Ports opened on the host: port name → host port. */
  readonly publish: Readonly<Record<string, number>>;
  /** Those of `publish` that face nobody but the machine itself; on a cluster, nobody outside it. */
  readonly publishLocally: readonly string[];
  readonly volumes: Readonly<Record<string, Volume>>;
  /** Writable memory-backed directories: path → limit. */
  readonly scratch: Readonly<Record<string, Size>>;
  /** Delivered files: name below `FILES` → content. One that holds a secret or a key is delivered as a secret. */
  readonly files: Readonly<Record<string, Text>>;
  readonly ready?: Probe;
  /**
   * Fails only when a restart of this copy alone would help, whatever has become of others. A copy that fails it is restarted,
   * where the platform can. @default - `ready`, failing for five minutes on end
   */
  readonly alive?: Probe;
  /** When one of shape `scheduled` starts, as cron writes it, in UTC. */
  readonly schedule?: string;
  /** Copies that come and go with the load; only of shape `stateless`. @default - always `copies` */
  readonly scale?: Scale;
  readonly priority: Priority;
  /** What must be `ready` (or `done`, for jobs) before this starts. */
  readonly after: Readonly<Partial<Record<ServiceName, "ready" | "done">>>;
  readonly resources: Resources;
  readonly networks: readonly Network[];
  readonly routes: readonly Route[];
  /** What it reads of the machine; only a daemon may. */
  readonly hostReads: readonly HostRead[];
  /** Where Prometheus finds its metrics; several where one port serves them under several paths. */
  readonly metrics: readonly Metrics[];
  /** Ports that show the service's certificate from the first byte on, so that its end can be watched. */
  readonly tls: readonly string[];
  readonly backup: Backup;
  /** Names in this service's certificate besides those that the platform gives it, e.g. `*.example.org`. */
  readonly certificateNames: readonly string[];
  /** What a clean stop may take before the copy is killed. */
  readonly stopGrace: Duration;
}

/** What a service's builder must state; the rest has defaults. */
export type ServiceArgs = Pick<ServiceSpec, "purpose" | "shape" | "image" | "resources" | "networks"> &
  Partial<ServiceSpec>;

/** Builds a frozen spec. @default copies 1, everything else empty, priority "first", backup "none", stopGrace "30 seconds" */
export function service(name: ServiceName, args: ServiceArgs): ServiceSpec {
  return deepFreeze({
    copies: 1,
    args: [],
    env: {},
    secretEnv: {},
    ports: {},
    roles: {},
    publish: {},
    publishLocally: [],
    volumes: {},
    scratch: {},
    files: {},
    after: {},
    routes: [],
    hostReads: [],
    metrics: [],
    priority: "first",
    tls: [],
    backup: "none",
    certificateNames: [],
    stopGrace: "30 seconds",
    ...args,
    name,
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
