// Supabase Studio: the dashboard for tables, users and files, behind the gateway's password.
import type { Environment } from "../environment";
import { AUTHORITY_FILE, DATABASE, PRIMARY, publicUrl } from "./addresses";
import { exec, file, type ServiceSpec, secret, self, service, type Text, text } from "./spec";

export type StudioArgs = Environment["studio"] & {
  /** The stack; names the project where the values do not. */
  readonly stack: string;
  readonly domain: string;
  /** Port at which the outside reaches Traefik. */
  readonly httpsPort: number;
  /** Where it reaches the platform's own services. */
  readonly gateway: Text;
  /** Where it reaches postgres-meta. */
  readonly meta: Text;
  readonly rest: Pick<Environment["rest"], "schemas" | "searchPath" | "maxRows">;
};

/**
 * Studio. It opens no connection to Postgres: it seals the address with a key that it shares with postgres-meta, which connects.
 * Source: supabase/supabase, `apps/studio/Dockerfile`. Its own entrypoint reads `_FILE` variables and writes into the image,
 * which is read-only here, so the server is started directly.
 */
export function studio(args: StudioArgs): ServiceSpec {
  const { copies, stack, organization, project, assistant, gateway, meta, rest } = args;
  return service("studio", {
    purpose: "The dashboard for tables, users and files (Supabase Studio)",
    shape: "stateless",
    copies,
    image: "studio",
    args: ["node", "apps/studio/server.js"],
    env: {
      HOSTNAME: "0.0.0.0",
      PORT: self({ port: "http" }),
      STUDIO_PG_META_URL: meta,
      POSTGRES_HOST: PRIMARY.host,
      POSTGRES_PORT: PRIMARY.port,
      POSTGRES_DB: DATABASE,
      POSTGRES_USER_READ_WRITE: ROLE,
      POSTGRES_USER_READ_ONLY: ROLE,
      PGRST_DB_SCHEMAS: rest.schemas.join(","),
      PGRST_DB_MAX_ROWS: String(rest.maxRows),
      PGRST_DB_EXTRA_SEARCH_PATH: rest.searchPath.join(","),
      DEFAULT_ORGANIZATION_NAME: organization,
      DEFAULT_PROJECT_NAME: project ?? stack,
      SUPABASE_URL: gateway,
      SUPABASE_PUBLIC_URL: publicUrl("api", args),
      // Logs are in Loki, for which Studio has no page.
      ENABLED_FEATURES_LOGS_ALL: "false",
      SNIPPETS_MANAGEMENT_FOLDER: "/tmp/snippets",
      EDGE_FUNCTIONS_MANAGEMENT_FOLDER: "/tmp/edge-functions",
      NEXT_TELEMETRY_DISABLED: "1",
      NODE_EXTRA_CA_CERTS: file("authority.pem"),
    },
    secretEnv: {
      POSTGRES_PASSWORD: secret("postgres-dashboard"),
      PG_META_CRYPTO_KEY: secret("meta-crypto-key"),
      SUPABASE_ANON_KEY: secret("anon-key"),
      SUPABASE_SERVICE_KEY: secret("service-role-key"),
      SUPABASE_PUBLISHABLE_KEY: secret("publishable-key"),
      SUPABASE_SECRET_KEY: secret("secret-key"),
      AUTH_JWT_SECRET: secret("jwt-secret"),
      ...(assistant && { OPENAI_API_KEY: secret("openai-key") }),
    },
    ports: { http: 3000 },
    files: AUTHORITY_FILE,
    scratch: { "/tmp": "64 MiB", "/app/apps/studio/.next/cache": "128 MiB" },
    ready: exec(
      "node",
      "--eval",
      text`fetch("http://localhost:${self({ port: "http" })}/api/platform/profile").then(${ANSWERED})`,
    ),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    // It names Postgres' address to postgres-meta, and only who shares a network with a service may name it.
    networks: assistant ? ["edge", "app", "data"] : ["app", "data"],
  });
}

/** Reads and writes the structure, and is no superuser. */
const ROLE = "dashboard_user";
const ANSWERED = "(answer) => process.exit(answer.status === 200 ? 0 : 1), () => process.exit(1)";
