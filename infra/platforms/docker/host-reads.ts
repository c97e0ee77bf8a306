// What a daemon reads of the machine: mounts that it cannot write to, and the user whom the files there answer to.
import type { HostRead, LogFiles, ServiceSpec } from "../../catalogue/spec";

/** A part of the machine's file tree, read-only in the container. */
export interface DockerHostMount {
  readonly hostPath: string;
  readonly containerPath: string;
}

/** Where each is found: path on the machine → path in the container. The engine's data is where it is by default. */
const MOUNTS: Readonly<Record<HostRead, Readonly<Record<string, string>>>> = {
  logs: { "/var/lib/docker/containers": "/host/logs" },
  machine: { "/proc": "/host/proc", "/sys": "/host/sys", "/": "/host/root" },
};

/** The engine's json-file logs; their lines carry the container's labels, as register.ts asks. */
export const DOCKER_LOGS: LogFiles = { files: "/host/logs/*/*-json.log", format: "docker" };

/**
 * The mounts of a daemon that reads the machine, and the groups of one that sees its whole file tree: group 0 would read
 * there, besides delivered secrets, what belongs to root. Nothing for all other services.
 */
export function hostAccess({ hostReads }: ServiceSpec): {
  readonly hostMounts?: readonly DockerHostMount[];
  readonly groups?: readonly string[];
} {
  if (hostReads.length === 0) return {};
  const hostMounts = hostReads.flatMap((read) =>
    Object.entries(MOUNTS[read]).map(([hostPath, containerPath]) => ({ hostPath, containerPath })),
  );
  return { hostMounts, ...(hostReads.includes("machine") && { groups: [] }) };
}

/**
 * The uid that a service runs as. Container logs belong to root in folders that nobody else may list, and no capability
 * reaches a user other than root that may gain no privileges: so who reads them is root, without any capability.
 */
export function uidFor({ hostReads }: ServiceSpec, uid: number): number {
  return hostReads.includes("logs") ? 0 : uid;
}
