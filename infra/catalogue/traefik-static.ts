// Traefik's static configuration: entry points, logs, and what is switched on at all.
import type { ConfigValue } from "./config-text";
import { RATE_LIMIT_PLUGIN } from "./limits";
import { file } from "./spec";
import type { TraefikArgs } from "./traefik";

/** Ports inside the container, by entry point; above 1024, which needs no capability. */
export const TRAEFIK_PORTS = {
  web: 8080,
  websecure: 8443,
  postgres: 5432,
  postgresReplicas: 5433,
  metrics: 8081,
} as const;

/** Answers the probe, on loopback alone. */
const PING_PORT = 8082;

/** What of a request is logged: nothing that says who asked for what. A path can hold a user's id, a query a signature. */
const LOGGED_FIELDS = [
  "StartUTC",
  "Duration",
  "OriginDuration",
  "Overhead",
  "RetryAttempts",
  "RouterName",
  "ServiceName",
  "ServiceAddr",
  "RequestHost",
  "RequestMethod",
  "RequestProtocol",
  "RequestContentSize",
  "DownstreamStatus",
  "DownstreamContentSize",
  "OriginStatus",
  "TLSVersion",
];

/** Where what an ACME server issued is kept. */
export const ACME = "/acme";
/** The resolver that asks it. */
export const ACME_RESOLVER = "acme";
/** The folder that Traefik watches where others keep the public certificate: its routes, and that certificate. */
export const WATCHED = "/etc/groundwork-watched";

export function staticConfiguration({
  publish,
  admin,
  tls,
}: Pick<TraefikArgs, "publish" | "admin" | "tls">): ConfigValue {
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: "INFO", format: "json" },
    accessLog: {
      format: "json",
      fields: {
        defaultMode: "drop",
        names: Object.fromEntries(LOGGED_FIELDS.map((name) => [name, "keep"])),
        headers: { defaultMode: "drop", names: { "X-Request-Id": "keep" } },
      },
    },
    entryPoints: {
      web: {
        address: `:${TRAEFIK_PORTS.web}`,
        http: { redirections: { entryPoint: { to: `:${publish.https}`, scheme: "https", permanent: true } } },
      },
      websecure: {
        address: `:${TRAEFIK_PORTS.websecure}`,
        // Time for a whole request: the largest file, 50 MiB, at 1.4 Mbit/s.
        transport: { respondingTimeouts: { readTimeout: "5m" } },
        http: { tls: {} },
      },
      postgres: { address: `:${TRAEFIK_PORTS.postgres}` },
      postgresReplicas: { address: `:${TRAEFIK_PORTS.postgresReplicas}` },
      metrics: { address: `:${TRAEFIK_PORTS.metrics}` },
      ping: { address: `127.0.0.1:${PING_PORT}` },
    },
    ping: { entryPoint: "ping" },
    metrics: { prometheus: { entryPoint: "metrics", addRoutersLabels: true, manualRouting: true } },
    ...(admin.allow.length > 0 && { api: { dashboard: true, insecure: false, disableDashboardAd: true } }),
    ...(tls?.issuer === "acme" && {
      certificatesResolvers: {
        [ACME_RESOLVER]: {
          acme: {
            email: tls.email ?? "",
            caServer: tls.server,
            storage: `${ACME}/acme.json`,
            httpChallenge: { entryPoint: "web" },
            keyType: "EC256",
            ...(tls.authority !== undefined && { caCertificates: [file("acme-authority.pem")] }),
          },
        },
      },
    }),
    providers: {
      file:
        tls?.issuer === "secret"
          ? { directory: WATCHED, watch: true }
          : { filename: file("dynamic.yml"), watch: false },
    },
    experimental: {
      // Without the limits there would be no edge: better none than an open one.
      abortOnPluginFailure: true,
      localPlugins: { [RATE_LIMIT_PLUGIN]: { moduleName: "groundwork/ratelimit" } },
    },
  };
}
