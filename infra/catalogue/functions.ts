// Supabase edge functions: the Deno functions of this repository, each with the credentials that it needs and no others.
import type { Environment } from "../environment";
import { AUTHORITY_FILE, DATABASE, publicUrl } from "./addresses";
import type { FunctionSources } from "./function-sources";
import type { SecretName } from "./secrets";
import { endpoint, exec, FILES, file, type ServiceSpec, secret, self, service, type Text, text } from "./spec";

export type FunctionsArgs = Omit<Environment["functions"], "folder"> & {
  readonly domain: string;
  /** Port at which the outside reaches Traefik. */
  readonly httpsPort: number;
  /** Where functions reach the platform's own services. */
  readonly gateway: Text;
  readonly sources: FunctionSources;
};

/**
 * The edge runtime, its main service and the functions: all of them delivered files. The main service checks tokens and starts a
 * worker for each function with the variables of all, and with those of `credentials` that are for this function alone.
 * Sources: supabase/edge-runtime v1.74.0, `cli/src/flags.rs`; supabase/supabase `docker/volumes/functions/main`.
 */
export function functions(args: FunctionsArgs): ServiceSpec {
  const { copies, verifyJwt, credentials, sources, gateway } = args;
  return service("functions", {
    purpose: "Runs the functions of this repository (Supabase edge runtime)",
    shape: "stateless",
    copies,
    image: "edge-runtime",
    args: ["edge-runtime", "start", "--port", self({ port: "http" }), "--main-service", `${FILES}/main`],
    env: {
      SUPABASE_URL: gateway,
      SUPABASE_PUBLIC_URL: publicUrl("api", args),
      VERIFY_JWT: String(verifyJwt),
      // Our own authority beside the public ones that the runtime brings along: functions call the platform and the outside.
      DENO_CERT: file("authority.pem"),
      DENO_TLS_CA_STORE: "mozilla",
      DENO_DIR: CACHE,
      HOME: CACHE,
    },
    secretEnv: {
      JWT_SECRET: secret("jwt-secret"),
      SUPABASE_JWKS: secret("jwt-jwks"),
      SUPABASE_ANON_KEY: secret("anon-key"),
      SUPABASE_SERVICE_ROLE_KEY: secret("service-role-key"),
      SUPABASE_PUBLISHABLE_KEYS: text`{"default":"${secret("publishable-key")}"}`,
      SUPABASE_SECRET_KEYS: text`{"default":"${secret("secret-key")}"}`,
      // Pooled: a function opens a connection for each request.
      SUPABASE_DB_URL: text`postgresql://supabase_functions_admin:${secret("postgres-functions-admin")}@${endpoint("pgbouncer", "sql")}/${DATABASE}?sslmode=verify-full`,
    },
    ports: { http: 9000 },
    scratch: { "/tmp": "64 MiB", [CACHE]: "256 MiB" },
    files: {
      ...AUTHORITY_FILE,
      ...Object.fromEntries(Object.entries(sources.main).map(([path, source]) => [`main/${path}`, source])),
      ...Object.fromEntries(Object.entries(sources.functions).map(([path, source]) => [`functions/${path}`, source])),
      ...Object.fromEntries(
        Object.entries(credentials).flatMap(([name, variables]) =>
          Object.entries(variables).map(([variable, given]) => [
            `credentials/${name}/${variable}`,
            secret(given as SecretName),
          ]),
        ),
      ),
    },
    ready: exec("bash", "-c", text`exec 3<>/dev/tcp/127.0.0.1/${self({ port: "http" })}`),
    after: { "postgres-setup": "done", pgbouncer: "ready" },
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    // Functions import packages and call other companies' services.
    networks: ["edge", "app"],
    // Answered to whoever does not come through the gateway.
    metrics: [{ port: "http", path: "/_internal/metrics", scheme: "http" }],
  });
}

const CACHE = "/var/cache/deno";
