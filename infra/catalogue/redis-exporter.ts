// The Redis exporter: one process that asks every server, as a user who may read statistics and no key.
import { file, type ServiceSpec, secret, self, service, text } from "./spec";
import { certificateFiles, webReady } from "./web-server";

const PORTS = { metrics: 9121 } as const;

/** The login of `users.conf` in redis.ts. */
export const STATISTICS_USER = "exporter";
/** What that login may do. Not CONFIG GET, which shows passwords too. */
export const STATISTICS_COMMANDS =
  "resetkeys -@all +ping +info +client|setname +slowlog|len +slowlog|get +latency|latest +latency|histogram";

/** Asks the servers one by one; each is a target of its own. */
export function redisExporter(): ServiceSpec {
  return service("redis-exporter", {
    purpose: "Shows the statistics of every Redis server",
    shape: "stateless",
    image: "exporters",
    args: [
      "prometheus-redis-exporter",
      "-redis.addr=",
      // No CONFIG command.
      "-config-command=-",
      text`-web.listen-address=:${self({ port: "metrics" })}`,
      text`-tls-ca-cert-file=${file("authority.pem")}`,
      text`-tls-server-cert-file=${file("server.pem")}`,
      text`-tls-server-key-file=${file("server.key")}`,
      "-tls-server-min-version=TLS1.3",
    ],
    env: { REDIS_USER: STATISTICS_USER },
    secretEnv: { REDIS_PASSWORD: secret("redis-exporter") },
    ports: PORTS,
    files: certificateFiles("redis-exporter"),
    ready: webReady("metrics", "/health"),
    resources: { cpu: 0.25, memory: "64 MiB", processes: 1024 },
    networks: ["data"],
    priority: "last",
    metrics: [
      { port: "metrics", path: "/metrics", scheme: "https" },
      {
        job: "redis",
        port: "metrics",
        path: "/scrape",
        scheme: "https",
        asks: [{ service: "redis", port: "redis", target: "rediss://{address}", parameters: {}, labels: {} }],
      },
    ],
    tls: ["metrics"],
    stopGrace: "5 seconds",
  });
}
