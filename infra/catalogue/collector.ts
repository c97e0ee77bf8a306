// The OpenTelemetry Collector: reads what the stack's containers write, and sends it to Loki with service and level.
import { AUTHORITY_FILE } from "./addresses";
import { receiver } from "./collector-receiver";
import { type ConfigValue, joined, yamlText } from "./config-text";
import { endpoint, exec, file, type LogFiles, type ServiceSpec, service, text } from "./spec";

export interface CollectorArgs {
  /** The stack; lines of others are left alone. */
  readonly stack: string;
  readonly logs: LogFiles;
  /** The namespaces of the stack, where logs are found by them. */
  readonly namespaces: readonly string[];
}

const PORTS = { metrics: 8888 } as const;
/** Answers the probe, on loopback alone. */
const HEALTH_PORT = 13_133;
const VOLUME = "/var/lib/collector";

/** One per machine. How far it has read is on its volume; without that it sends all again, and Loki keeps one of each. */
export function collector(args: CollectorArgs): ServiceSpec {
  return service("collector", {
    purpose: "Sends the logs of all containers to Loki (OpenTelemetry Collector)",
    shape: "daemon",
    image: "collector",
    // Without the gate, lines wait in memory for a moment after their place in the file was noted: a killed collector lost them.
    args: ["otelcol", text`--config=${file("collector.yml")}`, "--feature-gates=stanza.synchronousLogEmitter"],
    env: { GOMEMLIMIT: "200MiB" },
    ports: PORTS,
    volumes: { data: { mount: VOLUME, size: "1 GiB" } },
    scratch: { "/tmp": "16 MiB" },
    files: {
      "collector.yml": yamlText(configuration(args)),
      ...AUTHORITY_FILE,
    },
    ready: exec("curl", "--silent", "--fail", "--output", "/dev/null", `http://localhost:${HEALTH_PORT}/`),
    resources: { cpu: 0.5, memory: "256 MiB", processes: 512 },
    networks: ["app"],
    priority: "last",
    hostReads: ["logs"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
    stopGrace: "10 seconds",
  });
}

function configuration(args: CollectorArgs): ConfigValue {
  return {
    extensions: {
      health_check: { endpoint: `localhost:${HEALTH_PORT}` },
      file_storage: { directory: VOLUME, create_directory: false, fsync: false },
    },
    receivers: { file_log: receiver(args) },
    processors: {
      // Loki keeps this time beside a line, and two lines that differ in it: what is sent again would be there twice.
      transform: {
        log_statements: ["set(log.observed_time_unix_nano, 0) where log.time_unix_nano > 0"],
      },
      memory_limiter: { check_interval: "1s", limit_percentage: 75, spike_limit_percentage: 20 },
    },
    exporters: {
      otlp_http: {
        endpoint: joined(text`https://${endpoint("loki", "http")}/otlp`),
        tls: { ca_file: file("authority.pem"), min_version: "1.3" },
        // A line waits on disk until Loki has it, for as long as that takes.
        retry_on_failure: { enabled: true, max_elapsed_time: "0s", max_interval: "10s" },
        // Batches are made after that, never in memory before it: what was only there would be lost with the process.
        sending_queue: {
          enabled: true,
          storage: "file_storage",
          queue_size: 1000,
          block_on_overflow: true,
          batch: { flush_timeout: "1s", min_size: 1000, sizer: "items" },
        },
      },
    },
    service: {
      extensions: ["health_check", "file_storage"],
      telemetry: {
        logs: { level: "warn", encoding: "json" },
        metrics: {
          readers: [{ pull: { exporter: { prometheus: { host: "0.0.0.0", port: PORTS.metrics } } } }],
        },
      },
      pipelines: {
        logs: { receivers: ["file_log"], processors: ["memory_limiter", "transform"], exporters: ["otlp_http"] },
      },
    },
  };
}
