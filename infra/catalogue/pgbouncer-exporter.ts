// The PgBouncer exporters: one for each pooler, since one process asks one of them.
import { endpoint, file, type ServiceSpec, secret, service, text } from "./spec";
import { webFiles, webFlags, webReady } from "./web-server";

const PORTS = { metrics: 9127 } as const;

/** The login that may ask a pooler for statistics; Postgres knows no such role. */
export const STATISTICS_USER = "statistics";

/** What a pooler says of its pools, clients and servers. */
export function pgbouncerExporter(pooler: "pgbouncer" | "pgbouncer-replicas"): ServiceSpec {
  const name = `${pooler}-exporter` as const;
  const address = endpoint(pooler, "sql");
  return service(name, {
    purpose: `Shows the statistics of ${pooler}`,
    shape: "stateless",
    image: "exporters",
    args: [
      "prometheus-pgbouncer-exporter",
      text`--pgBouncer.connectionString=postgres://${STATISTICS_USER}@${address}/pgbouncer?sslmode=verify-full&sslrootcert=${file("authority.pem")}`,
      ...webFlags("metrics"),
    ],
    // It takes its password from its arguments or from here.
    secretEnv: { PGPASSWORD: secret("pgbouncer-statistics") },
    ports: PORTS,
    files: webFiles(name),
    ready: webReady("metrics", "/"),
    after: { [pooler]: "ready" },
    resources: { cpu: 0.25, memory: "64 MiB", processes: 1024 },
    networks: ["data"],
    priority: "last",
    metrics: [{ port: "metrics", path: "/metrics", scheme: "https" }],
    tls: ["metrics"],
    stopGrace: "5 seconds",
  });
}
