// The node exporter: processors, memory, disks and file systems of each machine.
import { exec, type ServiceSpec, self, service, text } from "./spec";

const PORTS = { metrics: 9100 } as const;

/**
 * One per machine. Without TLS: a key would be a secret file, whose group could also read files of the machine. What it
 * sees of the machine is what everybody may read there.
 */
export function nodeExporter(): ServiceSpec {
  return service("node-exporter", {
    purpose: "Shows processors, memory and disks of the machine",
    shape: "daemon",
    image: "exporters",
    args: [
      "prometheus-node-exporter",
      "--path.procfs=/host/proc",
      "--path.sysfs=/host/sys",
      "--path.rootfs=/host/root",
      `--collector.filesystem.mount-points-exclude=${NOT_DISKS}`,
      text`--web.listen-address=:${self({ port: "metrics" })}`,
    ],
    ports: PORTS,
    ready: exec(
      "curl",
      "--silent",
      "--fail",
      "--output",
      "/dev/null",
      text`http://localhost:${self({ port: "metrics" })}/`,
    ),
    resources: { cpu: 0.25, memory: "64 MiB", processes: 1024 },
    networks: ["data"],
    priority: "last",
    hostReads: ["machine"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
    stopGrace: "5 seconds",
  });
}

/** Mounts that are no disks of the machine: kernel interfaces, and what containers see of disks that are listed already. */
const NOT_DISKS = "^/(dev|proc|run|sys|var/lib/(docker|containerd|kubelet)/.+)($|/)";
