// Prometheus: asks everything that has metrics every 15 seconds, keeps the answers, and will evaluate rules as often.
import { bytes, type Duration, mebibytes, type Size, seconds } from "../lib/units";
import { AUTHORITY_FILE } from "./addresses";
import { each, yamlText } from "./config-text";
import { INTERVAL, scrapeConfigurations } from "./prometheus-scrape";
import { file, type Provides, type ServiceSpec, secret, service, text } from "./spec";
import { webFiles, webFlags, webReady } from "./web-server";

/** What Prometheus must know of a service to ask it. */
export type Scraped = Pick<ServiceSpec, "name" | "shape" | "metrics">;

export interface PrometheusArgs extends Pick<Provides, "unnamedCopies"> {
  /** The stack, a label of every series. */
  readonly stack: string;
  /** Where people reach it. */
  readonly url: string;
  /** How long samples are kept, as long as the volume holds them. */
  readonly retention: Duration;
  /** Data volume. */
  readonly storage: Size;
  /** Everything of the stack, the edge included. */
  readonly services: readonly Scraped[];
}

const PORTS = { http: 9090 } as const;

/** What of it holds in every stack: the prober stands below it, and is told of it by this. */
export const PROMETHEUS: Pick<ServiceSpec, "name" | "shape" | "routes" | "tls" | "metrics"> = {
  name: "prometheus",
  shape: "stateful",
  routes: [{ host: "prometheus", port: "http", entry: "https", protocol: "https", admin: true, limits: ["general"] }],
  tls: ["http"],
  metrics: [{ port: "http", path: "/metrics", scheme: "https" }],
};

const VOLUME = "/var/lib/prometheus";
const MEMORY: Size = "768 MiB";
/** Share of the volume for samples; compaction needs room beside them. */
const FILLED = 0.8;

/** One server per stack. */
export function prometheus(args: PrometheusArgs): ServiceSpec {
  const services = [...args.services, PROMETHEUS];
  const tokens = [...new Set(services.flatMap(({ metrics }) => metrics.flatMap(({ token }) => token ?? [])))];
  return service("prometheus", {
    purpose: "Asks every service for its metrics, and keeps them (Prometheus)",
    shape: PROMETHEUS.shape,
    image: "prometheus",
    args: [
      "prometheus",
      text`--config.file=${file("prometheus.yml")}`,
      `--storage.tsdb.path=${VOLUME}`,
      `--storage.tsdb.retention.time=${Math.ceil(seconds(args.retention) / 3600)}h`,
      `--storage.tsdb.retention.size=${Math.floor(mebibytes(args.storage) * FILLED)}MB`,
      `--web.external-url=${args.url}`,
      ...webFlags("http"),
    ],
    ports: PORTS,
    env: { GOMEMLIMIT: String(Math.floor(bytes(MEMORY) * 0.9)) },
    volumes: { data: { mount: VOLUME, size: args.storage } },
    files: {
      "prometheus.yml": yamlText({
        global: {
          scrape_interval: INTERVAL,
          scrape_timeout: "10s",
          evaluation_interval: INTERVAL,
          external_labels: { stack: args.stack },
        },
        alerting: {
          alertmanagers: services
            .filter(({ name }) => name === "alertmanager")
            .map(({ name }) => ({
              scheme: "https",
              tls_config: { ca_file: file("authority.pem") },
              static_configs: [each(name, "http", { targets: ["{host}:{port}"] })],
            })),
        },
        scrape_configs: services.flatMap((each) => scrapeConfigurations(each, args)),
      }),
      ...Object.fromEntries(tokens.map((name) => [`tokens/${name}`, secret(name)])),
      ...webFiles("prometheus"),
      ...AUTHORITY_FILE,
    },
    ready: webReady("http", "/-/ready"),
    resources: { cpu: 0.5, memory: MEMORY, processes: 1024 },
    networks: ["app", "data"],
    priority: "last",
    routes: PROMETHEUS.routes,
    metrics: PROMETHEUS.metrics,
    tls: PROMETHEUS.tls,
    // It writes what it holds in memory.
    stopGrace: "60 seconds",
  });
}
