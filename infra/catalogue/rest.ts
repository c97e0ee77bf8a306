// PostgREST: the database's schemas as a REST interface, with each request in the role of its token.
import type { Environment } from "../environment";
import { seconds } from "../lib/units";
import { AUTHORITY_FILE, primaryUrl } from "./addresses";
import { exec, file, type ServiceSpec, secret, self, service, text } from "./spec";

export type RestArgs = Environment["rest"] & Pick<Environment["auth"], "tokenLifetime">;

/**
 * PostgREST. Its image is the program and nothing else: without a shell, secrets reach it as files, which it reads where a value
 * begins with an at-sign (`db-uri` and `jwt-secret`, PostgREST v14 configuration reference). Direct to the primary, because
 * it listens for changes of the schema.
 */
export function rest({ copies, schemas, searchPath, maxRows, connections, tokenLifetime }: RestArgs): ServiceSpec {
  return service("rest", {
    purpose: "Serves the database's schemas over REST (PostgREST)",
    shape: "stateless",
    copies,
    image: "postgrest",
    env: {
      PGRST_DB_URI: text`@${file("database-url")}`,
      PGRST_DB_SCHEMAS: schemas.join(","),
      PGRST_DB_EXTRA_SEARCH_PATH: searchPath.join(","),
      PGRST_DB_MAX_ROWS: String(maxRows),
      PGRST_DB_ANON_ROLE: "anon",
      PGRST_DB_POOL: String(connections),
      PGRST_DB_POOL_ACQUISITION_TIMEOUT: "10",
      PGRST_DB_POOL_MAX_LIFETIME: "1800",
      PGRST_JWT_SECRET: text`@${file("jwks.json")}`,
      PGRST_JWT_AUD: "authenticated",
      PGRST_APP_SETTINGS_JWT_EXP: String(seconds(tokenLifetime)),
      PGRST_SERVER_HOST: "0.0.0.0",
      PGRST_SERVER_PORT: self({ port: "http" }),
      // An address, because `postgrest --ready` asks the host that is written here, and refuses patterns such as `*4`.
      PGRST_ADMIN_SERVER_HOST: "0.0.0.0",
      PGRST_ADMIN_SERVER_PORT: self({ port: "admin" }),
      PGRST_LOG_LEVEL: "warn",
    },
    ports: { http: 3000, admin: 3001 },
    files: {
      ...AUTHORITY_FILE,
      "database-url": primaryUrl("authenticator", "postgres-authenticator"),
      "jwks.json": secret("jwt-jwks"),
    },
    ready: exec("postgrest", "--ready"),
    after: { "postgres-setup": "done" },
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["app", "data"],
    metrics: [{ port: "admin", path: "/metrics", scheme: "http" }],
  });
}
