// Docker's better way for single services. The outputs stay the same; only the rendered value changes.
import type { Override } from "../platform";
import { type DockerService, dockerVolume } from "./render";

/** Where Postgres members find each other's leases. */
const LEASES = "/var/lib/groundwork/leases";

/**
 * Members share a volume of lease files. Every member holds its own file's lock for as long as its container lives; the
 * kernel gives the lock to a peer only when that container is dead. That is the proof on which the peer may release a dead
 * leader's key at once, instead of after Patroni's `ttl`. One host has one kernel, so this is true on Docker alone.
 */
const postgresLeases: Override<DockerService> = (rendered, _spec, { environment }) => {
  const leases = dockerVolume(environment.stack, "postgres-leases");
  return {
    volumes: [...rendered.volumes, leases],
    containers: rendered.containers.map((container) => ({
      ...container,
      envs: [...container.envs, `GROUNDWORK_LEASES=${LEASES}`],
      volumes: [...container.volumes, { volume: leases.name, containerPath: LEASES }],
    })),
  };
};

export const overrides = { postgres: postgresLeases } as const;
