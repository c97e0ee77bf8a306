// The edge: Traefik, the only service that publishes ports. Its routers are the other services' `routes`.
import { yamlText } from "./config-text";
import type { Limits } from "./limits";
import { certificate, exec, file, type ServiceSpec, service, text } from "./spec";
import { dynamicConfiguration } from "./traefik-routes";
import { TRAEFIK_PORTS as PORTS, staticConfiguration } from "./traefik-static";

export interface TraefikArgs {
  /** @default 1 */
  readonly copies?: number;
  readonly domain: string;
  /** Host ports. */
  readonly publish: {
    readonly http: number;
    readonly https: number;
    readonly postgres: number;
    readonly postgresReplicas: number;
  };
  /** Requests per client address. Each copy counts for itself: several need a balancer that keeps a client on one. */
  readonly limits: Limits;
  /** Address ranges that reach admin routes; without any there are no such routes. */
  readonly admin: { readonly allow: readonly string[] };
  /** The services behind it. */
  readonly services: readonly ServiceSpec[];
}

/** The proxy with one router per route of `services`. */
export function traefik(args: TraefikArgs): ServiceSpec {
  const { copies = 1, domain, publish, services } = args;
  const hosts = services.flatMap(({ routes }) => routes).filter(({ entry }) => entry === "https");
  return service("traefik", {
    purpose: "Terminates TLS and routes, limits and logs every request from outside (Traefik)",
    shape: "stateless",
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
    // Each host beside the wildcard: OpenSSL and Node refuse `*.` before a domain of one label, such as localhost.
    certificateNames: [domain, `*.${domain}`, `traefik.${domain}`, ...hosts.map(({ host }) => `${host}.${domain}`)],
    files: {
      "traefik.yml": yamlText(staticConfiguration(args)),
      "dynamic.yml": yamlText(dynamicConfiguration(args)),
      "traefik.pem": certificate("traefik", "certificate"),
      "traefik.key": certificate("traefik", "key"),
      "authority.pem": certificate("authority", "certificate"),
    },
    ready: exec("traefik", "healthcheck", text`--configFile=${file("traefik.yml")}`),
    resources: { cpu: 0.5, memory: "256 MiB", processes: 512 },
    networks: ["edge", "app"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "https" }],
  });
}
