// What a stack has on the Docker engine, found by its labels alone: no state is asked.
import Docker from "dockerode";
import { COPY_LABEL, SERVICE_LABEL, STACK_LABEL } from "../../infra/platforms/docker/labels";
import { unable } from "./failure";

/** One container of a stack. */
export interface StackContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly copy: string;
  /** The engine's word: created, running, paused, restarting, removing, exited or dead. */
  readonly status: string;
  readonly exitCode: number;
  /** What its health check says last; undefined where it has none. */
  readonly health?: string;
  /** Ports of the host that it publishes, or will once it runs. */
  readonly publishes: readonly number[];
}

/** Everything on the engine that carries a stack's label. */
export interface StackObjects {
  readonly containers: readonly StackContainer[];
  readonly networks: readonly { readonly id: string; readonly name: string }[];
  /** Volumes are known by their name. */
  readonly volumes: readonly string[];
}

/** The engine of `DOCKER_HOST`, or of this machine. */
export function dockerEngine(): Docker {
  return new Docker();
}

/** Throws a `Failure` (exit 2) unless the engine answers. */
export async function requireEngine(docker: Docker): Promise<void> {
  try {
    await docker.ping();
  } catch {
    throw unable(
      "docker",
      "the engine does not answer",
      "run ./groundwork doctor, or start it: systemctl start docker",
    );
  }
}

/** All objects labelled for `stack`. */
export async function stackObjects(docker: Docker, stack: string): Promise<StackObjects> {
  const filters = JSON.stringify({ label: [`${STACK_LABEL}=${stack}`] });
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const inspected = await Promise.all(containers.map(({ Id }) => unlessGone(docker.getContainer(Id).inspect())));
  return {
    containers: inspected
      .filter((info) => info !== undefined)
      .map(containerOf)
      .sort((a, b) => a.name.localeCompare(b.name)),
    networks: networks.map(({ Id, Name }) => ({ id: Id, name: Name })),
    // Docker writes null where there are none.
    volumes: (volumes ?? []).map(({ Name }) => Name).sort(),
  };
}

/** The value, or undefined if the object vanished in the meantime. */
export async function unlessGone<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function containerOf({ Id, Name, Config, State, HostConfig }: Docker.ContainerInspectInfo): StackContainer {
  const health = State.Health?.Status;
  return {
    id: Id,
    name: Name.slice(1),
    service: Config.Labels[SERVICE_LABEL] ?? "",
    copy: Config.Labels[COPY_LABEL] ?? "",
    status: State.Status,
    exitCode: State.ExitCode,
    publishes: Object.values<{ HostPort: string }[]>(HostConfig.PortBindings ?? {}).flatMap((bindings) =>
      bindings.map(({ HostPort }) => Number(HostPort)),
    ),
    ...(health !== undefined && health !== "none" && { health }),
  };
}
