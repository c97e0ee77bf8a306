// The blackbox exporter: asks every route as clients do, and every TLS port inside for its certificate.
import { yamlText } from "./config-text";
import { type Asked, file, type Route, type ServiceSpec, service, text } from "./spec";
import { webFiles, webFlags, webReady } from "./web-server";

export interface BlackboxArgs {
  readonly domain: string;
  /** The services whose routes and TLS ports are asked; the edge is one of them. */
  readonly services: readonly Pick<ServiceSpec, "name" | "routes" | "tls">[];
  /** Somebody whom the whole world trusts certifies the public names, not our own authority. */
  readonly publiclyCertified: boolean;
  /** Address ranges that reach admin routes; without any there are no such routes. */
  readonly admin: { readonly allow: readonly string[] };
}

const PORTS = { metrics: 9115 } as const;
/** Its own certificate is watched like all others. */
const OWN: Pick<ServiceSpec, "name" | "tls"> = { name: "blackbox-exporter", tls: ["metrics"] };

/** Probes from inside; what the outside sees of the way to the edge, only a prober elsewhere can say. */
export function blackboxExporter({ domain, services, admin, publiclyCertified }: BlackboxArgs): ServiceSpec {
  const routes = services.flatMap(({ routes }) => routes);
  const open = routes.filter((route) => route.entry === "https" && (!route.admin || admin.allow.length > 0));
  return service("blackbox-exporter", {
    purpose: "Asks every route and every certificate, as clients do",
    shape: "stateless",
    image: "exporters",
    args: ["prometheus-blackbox-exporter", text`--config.file=${file("blackbox.yml")}`, ...webFlags("metrics")],
    ports: PORTS,
    files: { "blackbox.yml": yamlText({ modules: modules(publiclyCertified) }), ...webFiles("blackbox-exporter") },
    ready: webReady("metrics", "/-/healthy"),
    resources: { cpu: 0.25, memory: "64 MiB", processes: 1024 },
    networks: ["app", "data"],
    priority: "last",
    metrics: [
      { port: "metrics", path: "/metrics", scheme: "https" },
      { job: "probe-routes", port: "metrics", path: "/probe", scheme: "https", asks: open.map(askRoute(domain)) },
      {
        job: "probe-certificates",
        port: "metrics",
        path: "/probe",
        scheme: "https",
        asks: [...services, OWN].flatMap(askPorts),
      },
    ],
    tls: OWN.tls,
    stopGrace: "5 seconds",
  });
}

/** Through the edge, under the name by which clients ask. */
function askRoute(domain: string): (route: Route) => Asked {
  return ({ host }) => ({
    service: "traefik",
    port: "websecure",
    target: "https://{address}/",
    parameters: { module: "route", hostname: `${host}.${domain}` },
    labels: { route: host },
  });
}

function askPorts({ name, tls }: Pick<ServiceSpec, "name" | "tls">): readonly Asked[] {
  return tls.map((port) => ({
    service: name,
    port,
    target: "{address}",
    parameters: { module: "certificate" },
    labels: { port },
  }));
}

/** A service that wants a login first or has nothing at `/` answers too. 429: the edge counts this client like any other. */
const ANSWERS = [200, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 429];

const TLS = { ca_file: file("authority.pem"), min_version: "TLS13" } as const;

const modules = (publiclyCertified: boolean) => ({
  route: {
    prober: "http",
    timeout: "5s",
    http: {
      valid_status_codes: ANSWERS,
      follow_redirects: false,
      fail_if_not_ssl: true,
      preferred_ip_protocol: "ip4",
      tls_config: publiclyCertified ? { min_version: "TLS13" } : TLS,
    },
  },
  certificate: { prober: "tcp", timeout: "5s", tcp: { tls: true, preferred_ip_protocol: "ip4", tls_config: TLS } },
});
