// The edge: Traefik, the only service that publishes ports. Its routers are the other services' `routes`.
import { AUTHORITY_FILE } from "./addresses";
import { yamlText } from "./config-text";
import type { Limits } from "./limits";
import { certificate, exec, file, type ServiceSpec, secret, service, text } from "./spec";
import { dynamicConfiguration } from "./traefik-routes";
import { ACME, TRAEFIK_PORTS as PORTS, staticConfiguration } from "./traefik-static";

export interface TraefikArgs {
  /** @default 1 */
  readonly copies?: number;
  readonly domain: string;
  /** Who certifies the public names; the stack's own CA when nothing else is stated. @default "private" */
  readonly tls?: {
    readonly issuer: "private" | "acme" | "secret";
    readonly email?: string | undefined;
    readonly server: string;
    readonly authority?: string | undefined;
  };
  /** The application at `app.<domain>`, which runs elsewhere. @default - no such host */
  readonly application?: { readonly url: string; readonly assets: readonly string[] } | undefined;
  /** Host ports. */
  readonly publish: {
    readonly http: number;
    readonly https: number;
    readonly postgres: number;
    readonly postgresReplicas: number;
    /** Who reaches the Postgres ports. @default "public" */
    readonly databases?: "public" | "machine";
  };
  /** Requests per client address; several copies count together in Redis. */
  readonly limits: Limits;
  /** Address ranges that reach admin routes; without any there are no such routes. */
  readonly admin: { readonly allow: readonly string[] };
  /** The services behind it. */
  readonly services: readonly ServiceSpec[];
}

/** What of the proxy monitoring must know, which stands below it and is told of it by this. */
export function edgeOf(tls: TraefikArgs["tls"]): Pick<ServiceSpec, "name" | "shape" | "routes" | "tls" | "metrics"> {
  return {
    name: "traefik",
    // What the ACME server issued outlives the container: it issues few certificates for a name in a week.
    shape: tls?.issuer === "acme" ? "stateful" : "stateless",
    routes: [],
    tls: ["websecure", "metrics"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "https" }],
  };
}

/** The proxy with one router per route of `services`. */
export function traefik(args: TraefikArgs): ServiceSpec {
  const { copies = 1, domain, publish, services, tls, application } = args;
  const known = edgeOf(tls);
  const acme = tls?.issuer === "acme";
  const hosts = services.flatMap(({ routes }) => routes).filter(({ entry }) => entry === "https");
  return service("traefik", {
    purpose: "Terminates TLS and routes, limits and logs every request from outside (Traefik)",
    shape: known.shape,
    ...(acme && { volumes: { acme: { mount: ACME, size: "64 MiB" as const } } }),
    copies,
    image: "traefik",
    args: ["traefik", text`--configFile=${file("traefik.yml")}`],
    ports: PORTS,
    publish: {
      web: publish.http,
      websecure: publish.https,
      postgres: publish.postgres,
      postgresReplicas: publish.postgresReplicas,
    },
    publishLocally: publish.databases === "machine" ? ["postgres", "postgresReplicas"] : [],
    // Each host beside the wildcard: OpenSSL and Node refuse `*.` before a domain of one label, such as localhost. Where somebody
    // else certifies the public names, ours must not cover them: Traefik would ask nobody for another.
    certificateNames:
      tls === undefined || tls.issuer === "private"
        ? [
            domain,
            `*.${domain}`,
            `traefik.${domain}`,
            ...hosts.map(({ host }) => `${host}.${domain}`),
            ...(application === undefined ? [] : [`app.${domain}`]),
          ]
        : [],
    files: {
      "traefik.yml": yamlText(staticConfiguration(args)),
      "dynamic.yml": yamlText(dynamicConfiguration(args)),
      "traefik.pem": certificate("traefik", "certificate"),
      "traefik.key": certificate("traefik", "key"),
      ...AUTHORITY_FILE,
      ...(copies > 1 && { "redis-password": secret("redis") }),
      ...(acme && tls.authority !== undefined && { "acme-authority.pem": tls.authority }),
    },
    ready: exec("traefik", "healthcheck", text`--configFile=${file("traefik.yml")}`),
    resources: { cpu: 0.5, memory: "256 MiB", processes: 512 },
    networks: ["edge", "app"],
    priority: "second",
    metrics: known.metrics,
    tls: known.tls,
  });
}
