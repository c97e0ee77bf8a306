// The Pushgateway: holds the figures of jobs that end before anybody could ask them.
import { type ServiceSpec, service } from "./spec";
import { webFiles, webFlags, webReady } from "./web-server";

const PORTS = { metrics: 9091 } as const;

/** Keeps in memory: what it forgets in a restart, the next run of a job pushes again. */
export function pushgateway(): ServiceSpec {
  return service("pushgateway", {
    purpose: "Holds the figures of jobs until Prometheus has read them",
    shape: "stateless",
    image: "prometheus",
    args: ["prometheus-pushgateway", ...webFlags("metrics")],
    ports: PORTS,
    files: webFiles("pushgateway"),
    ready: webReady("metrics", "/-/ready"),
    resources: { cpu: 0.25, memory: "64 MiB", processes: 1024 },
    networks: ["app", "data"],
    priority: "last",
    metrics: [{ port: "metrics", path: "/metrics", scheme: "https" }],
    tls: ["metrics"],
    stopGrace: "5 seconds",
  });
}
