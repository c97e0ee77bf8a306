// The gateway: checks keys, tokens and limits before any request reaches a service. Envoy, or Kong where a stack chooses it.
import type { Size } from "../lib/units";
import { AUTHORITY_FILE } from "./addresses";
import { envoyConfiguration } from "./gateway-envoy";
import { KEYS_FILE, keysCode } from "./gateway-envoy-filters";
import { kongConfiguration, kongEnvironment } from "./gateway-kong";
import { GATEWAY_ROUTES, UPSTREAMS, type UpstreamName } from "./gateway-routes";
import type { Limit } from "./limits";
import { certificate, exec, file, type LimitedPath, type Route, type ServiceSpec, secret, service, text } from "./spec";

export interface GatewayArgs {
  readonly implementation: "envoy" | "kong";
  readonly copies: number;
  /** The stack's domain: services are reached as `api.<domain>` and `studio.<domain>`. */
  readonly domain: string;
  /** Where the outside reaches the API, e.g. `https://api.example.org`; tokens are issued by Auth there. */
  readonly publicUrl: string;
  /** Origins whose pages may use the API. */
  readonly origins: readonly string[];
  /** Requests of one user, in all and to costly operations. Each copy counts for itself. */
  readonly limits: { readonly user: Limit; readonly costly: Limit };
  /** The largest file. */
  readonly fileSize: Size;
  /** The services below it; of those that a stack lacks, it says so. */
  readonly services: readonly ServiceSpec[];
}

/** Everything that a renderer needs. */
export interface GatewayInput extends GatewayArgs {
  readonly ports: typeof GATEWAY_PORTS;
  /** Which of the services behind it this stack has. */
  readonly present: readonly UpstreamName[];
}

/** `https` serves; `metrics` answers with figures and whether it is ready, and nothing else. */
export const GATEWAY_PORTS = { https: 8443, metrics: 9443 } as const;

/** One entry in front of all application services. */
export function gateway(args: GatewayArgs): ServiceSpec {
  const { implementation, copies, services } = args;
  const present = (Object.keys(UPSTREAMS) as UpstreamName[]).filter((name) =>
    services.some((each) => each.name === name),
  );
  const input: GatewayInput = { ...args, ports: GATEWAY_PORTS, present };
  return service("gateway", {
    purpose: `Checks keys, tokens and limits of every request to the API (${implementation === "envoy" ? "Envoy" : "Kong"})`,
    shape: "stateless",
    copies,
    networks: ["app"],
    ports: GATEWAY_PORTS,
    routes: routes(present, implementation === "envoy" ? "/ready" : "/status/ready"),
    metrics: [
      { port: "metrics", path: implementation === "envoy" ? "/stats/prometheus" : "/metrics", scheme: "https" },
    ],
    resources: { cpu: 1, memory: "512 MiB", processes: 256 },
    ...(implementation === "envoy" ? envoy(input) : kong(input)),
  });
}

const CERTIFICATE_FILES = {
  "gateway.pem": certificate("gateway", "certificate"),
  "gateway.key": certificate("gateway", "key"),
  ...AUTHORITY_FILE,
} as const;

type Implementation = Pick<ServiceSpec, "image" | "args" | "env" | "files" | "scratch" | "ready">;

function envoy(input: GatewayInput): Implementation {
  return {
    image: "envoy",
    args: [
      "envoy",
      "--config-path",
      file("envoy.yaml"),
      "--concurrency",
      "2",
      "--disable-hot-restart",
      "--log-format",
      LOG,
    ],
    env: {},
    // Its administration listens on a socket there, so that no port leads to it.
    scratch: { [RUNTIME]: "1 MiB" },
    files: {
      "envoy.yaml": envoyConfiguration(input, `${RUNTIME}/admin.sock`),
      [KEYS_FILE]: keysCode(),
      "jwks.json": secret("jwt-jwks"),
      htpasswd: secret("dashboard-htpasswd"),
      ...CERTIFICATE_FILES,
    },
    ready: exec("curl", "--silent", "--fail", "--output", "/dev/null", "--cacert", file("authority.pem"), READY),
  };
}

function kong(input: GatewayInput): Implementation {
  return {
    image: "kong",
    args: ["kong", "docker-start"],
    env: kongEnvironment(input, RUNTIME),
    scratch: { [RUNTIME]: "64 MiB", "/tmp": "64 MiB" },
    files: { "kong.yml": kongConfiguration(input), ...CERTIFICATE_FILES },
    ready: exec("kong", "health"),
  };
}

/** Where it may write. */
const RUNTIME = "/run/gateway";
const LOG = '{"time":"%Y-%m-%dT%T.%e","level":"%l","logger":"%n","message":"%j"}';
const READY = text`https://localhost:${GATEWAY_PORTS.metrics}/ready`;

/** Where people sign in or prove who they are, and where files come in. Renewing a session is neither. */
const LIMITED: readonly LimitedPath[] = [
  { limit: "auth", path: "/auth/v1/token", query: ["grant_type", "password"] },
  ...["signup", "otp", "verify", "recover", "magiclink"].map(
    (path): LimitedPath => ({ limit: "auth", path: `/auth/v1/${path}` }),
  ),
  ...["object", "upload", "s3"].map((path): LimitedPath => ({ limit: "upload", path: `/storage/v1/${path}` })),
];

/** How the outside reaches it: the API by everyone, Studio by those who administer. */
function routes(present: readonly UpstreamName[], health: string): readonly Route[] {
  const hosts = new Set(GATEWAY_ROUTES.filter(({ to }) => to && present.includes(to.service)).map(({ host }) => host));
  const common = { port: "https", entry: "https", protocol: "https", health, healthPort: "metrics" } as const;
  return [
    { ...common, host: "api", admin: false, limits: ["general"], limited: LIMITED },
    ...(hosts.has("studio") ? [{ ...common, host: "studio", admin: true, limits: ["general"] } as const] : []),
  ];
}
