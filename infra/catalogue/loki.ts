// Loki: keeps the logs of all containers for a time, and finds lines by service, level and words.
import { type Duration, type Size, seconds } from "../lib/units";
import { yamlText } from "./config-text";
import { file, type ServiceSpec, service, text } from "./spec";
import { certificateFiles, webReady } from "./web-server";

export interface LokiArgs {
  /** How long a line is kept. */
  readonly retention: Duration;
  /** Data volume. */
  readonly storage: Size;
}

const PORTS = { http: 3100, grpc: 9096 } as const;
const VOLUME = "/var/lib/loki";

/**
 * One process with everything in it, on a volume of its own: logs are needed most when something else is down, the object
 * store included.
 */
export function loki(args: LokiArgs): ServiceSpec {
  return service("loki", {
    purpose: "Keeps the logs of all containers (Loki)",
    shape: "stateful",
    image: "loki",
    args: ["loki", text`-config.file=${file("loki.yml")}`],
    ports: PORTS,
    env: { GOMEMLIMIT: "450MiB" },
    volumes: { data: { mount: VOLUME, size: args.storage } },
    scratch: { "/tmp": "16 MiB" },
    files: { "loki.yml": yamlText(configuration(args)), ...certificateFiles("loki") },
    ready: webReady("http", "/ready"),
    resources: { cpu: 0.5, memory: "512 MiB", processes: 1024 },
    networks: ["app"],
    priority: "last",
    metrics: [{ port: "http", path: "/metrics", scheme: "https" }],
    tls: ["http"],
    // It writes what it holds in memory.
    stopGrace: "60 seconds",
  });
}

function configuration({ retention }: LokiArgs) {
  return {
    auth_enabled: false,
    analytics: { reporting_enabled: false },
    server: {
      http_listen_port: PORTS.http,
      http_tls_config: { cert_file: file("server.pem"), key_file: file("server.key") },
      tls_min_version: "VersionTLS13",
      // Its parts speak with each other inside the process' own container.
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: PORTS.grpc,
      log_format: "json",
      log_level: "warn",
    },
    common: {
      path_prefix: VOLUME,
      replication_factor: 1,
      ring: { instance_addr: "127.0.0.1", kvstore: { store: "inmemory" } },
    },
    // By itself it would tell its queriers to answer at the container's address, where nobody listens.
    frontend: { address: "127.0.0.1" },
    ingester: { lifecycler: { min_ready_duration: "0s", final_sleep: "0s" }, wal: { dir: `${VOLUME}/wal` } },
    schema_config: {
      configs: [
        {
          from: "2024-04-01",
          store: "tsdb",
          object_store: "filesystem",
          schema: "v13",
          // Retention works with no other period.
          index: { prefix: "index_", period: "24h" },
        },
      ],
    },
    storage_config: {
      use_thanos_objstore: true,
      tsdb_shipper: { active_index_directory: `${VOLUME}/index`, cache_location: `${VOLUME}/index-cache` },
      object_store: { filesystem: { dir: `${VOLUME}/chunks` } },
    },
    // Without it lines stay for ever.
    compactor: {
      working_directory: `${VOLUME}/compactor`,
      retention_enabled: true,
      delete_request_store: "filesystem",
    },
    limits_config: {
      retention_period: `${Math.ceil(seconds(retention) / 3600)}h`,
      // A collector that was away sends what it missed, however old.
      reject_old_samples: false,
      volume_enabled: true,
      otlp_config: {
        resource_attributes: {
          ignore_defaults: true,
          attributes_config: [{ action: "index_label", attributes: LABELS }],
        },
      },
    },
    ruler: { storage: { type: "local", local: { directory: `${VOLUME}/rules` } } },
  };
}

/** Few values each; everything else of a line is found by its words. */
export const LABELS = ["stack", "service", "level"];
