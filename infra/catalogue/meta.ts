// postgres-meta: the database's structure as a REST interface, for Studio and for holders of a service key.
import { AUTHORITY_FILE } from "./addresses";
import { QUICK_RESOLVER } from "./postgres";
import { endpoint, exec, file, type ServiceSpec, secret, self, service, text } from "./spec";

export interface MetaArgs {
  readonly copies: number;
}

/** postgres-meta, signed in as the dashboard's role. */
export function meta({ copies }: MetaArgs): ServiceSpec {
  return service("meta", {
    purpose: "Reads and changes the database's structure over REST (postgres-meta)",
    shape: "stateless",
    copies,
    image: "meta",
    // It takes the authority's certificate itself, not a path.
    args: [
      "sh",
      "-c",
      text`PG_META_DB_SSL_ROOT_CERT="$(cat ${file("authority.pem")})" exec node dist/server/server.js`,
    ],
    env: {
      ...QUICK_RESOLVER,
      PG_META_PORT: self({ port: "http" }),
      // Not through the pooler: it sets parameters of the session.
      PG_META_DB_HOST: endpoint("postgres", "primary", "host"),
      PG_META_DB_PORT: endpoint("postgres", "primary", "port"),
      PG_META_DB_NAME: "postgres",
      PG_META_DB_USER: "dashboard_user",
      PG_META_DB_PASSWORD_FILE: file("postgres-password"),
      PG_META_DB_SSL_MODE: "verify-full",
      // Without a key of its own it would take a published one.
      CRYPTO_KEY_FILE: file("crypto-key"),
      // A result is held in memory as a whole; the default of 2 GB is more than there is.
      PG_META_MAX_RESULT_SIZE_MB: "64",
    },
    ports: PORTS,
    files: {
      "postgres-password": secret("postgres-dashboard"),
      "crypto-key": secret("meta-crypto-key"),
      ...AUTHORITY_FILE,
    },
    ready: { ...exec("curl", "--silent", "--fail", "--output", "/dev/null", HEALTH), startPeriod: "90 seconds" },
    after: { postgres: "ready", "postgres-setup": "done" },
    resources: { cpu: 1, memory: "512 MiB", processes: 128 },
    networks: ["app", "data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}

/** Node reads some thousand files before it listens, which takes a busy machine more than a minute. */
const HEALTH = text`http://127.0.0.1:${self({ port: "http" })}/health`;
/** It serves metrics at the port above its own. */
const PORTS = { http: 8080, metrics: 8081 } as const;
