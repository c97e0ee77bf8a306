// The Postgres exporter: one process that asks every member, as a role that may read statistics and nothing else.
import { yamlText } from "./config-text";
import { file, type ServiceSpec, secret, service, text } from "./spec";
import { webFiles, webFlags, webReady } from "./web-server";

const PORTS = { metrics: 9187 } as const;
const MODULE = "members";

/** Asks the members one by one; each is a target of its own. */
export function postgresExporter(): ServiceSpec {
  return service("postgres-exporter", {
    purpose: "Shows the statistics of every Postgres member",
    shape: "stateless",
    image: "exporters",
    args: [
      "prometheus-postgres-exporter",
      text`--config.file=${file("postgres-exporter.yml")}`,
      ...COLLECTORS.map((name) => `--collector.${name}`),
      ...webFlags("metrics"),
    ],
    ports: PORTS,
    files: {
      "postgres-exporter.yml": yamlText({
        auth_modules: {
          [MODULE]: {
            type: "userpass",
            userpass: { username: "exporter", password: secret("postgres-exporter") },
            options: { sslmode: "verify-full", sslrootcert: file("authority.pem"), application_name: "exporter" },
          },
        },
      }),
      ...webFiles("postgres-exporter"),
    },
    ready: webReady("metrics", "/"),
    after: { postgres: "ready" },
    resources: { cpu: 0.25, memory: "64 MiB", processes: 1024 },
    networks: ["data"],
    priority: "last",
    metrics: [
      // Not its own /metrics: without a server of its own it says there that Postgres is down.
      {
        job: "postgres-statistics",
        port: "metrics",
        path: "/probe",
        scheme: "https",
        asks: [
          {
            service: "postgres",
            port: "sql",
            target: "{address}/postgres",
            parameters: { auth_module: MODULE },
            labels: {},
          },
        ],
      },
    ],
    tls: ["metrics"],
    stopGrace: "5 seconds",
  });
}

/** Collectors that are off by default. */
const COLLECTORS = [
  "database_wraparound",
  "long_running_transactions",
  "postmaster",
  "stat_checkpointer",
  "stat_statements",
  "stat_wal_receiver",
];
