// What an interrupted run left behind, and how a new one gets past it: look, plan, then act. The plan is pure.
import type Docker from "dockerode";
import type { ServiceSpec } from "../../infra/catalogue/spec";
import type { StackContainer, StackObjects } from "./docker";
import { stackObjects, unlessGone } from "./docker";
import { nameOf } from "./engine-events";
import { unable } from "./failure";
import type { RecoverOptions, Recovery } from "./platforms/operations";
import { CONTAINER, forgetPending, NETWORK, readState, type StackState, VOLUME } from "./state";
import { releaseStateLock } from "./state-lock";

/** One thing to put right. */
export type Remedy =
  | { readonly kind: "forget"; readonly operations: readonly string[] }
  | { readonly kind: "remove-container"; readonly id: string; readonly name: string }
  | { readonly kind: "remove-network"; readonly id: string; readonly name: string }
  | { readonly kind: "adopt-volume"; readonly name: string }
  | { readonly kind: "start"; readonly id: string; readonly name: string; readonly from: string }
  | { readonly kind: "refresh"; readonly missing: readonly string[] };

/** A look at a stack: what its state says, and what is on the engine. */
export interface Observation {
  readonly state: StackState | undefined;
  readonly objects: StackObjects;
  /** Services that run to an end: their stopped containers are as they should be. */
  readonly jobs: readonly string[];
}

/** Whether the engine holds objects of the stack that this checkout's state cannot have made: not one resource is in it. */
export function isForeign({ state, objects }: Pick<Observation, "state" | "objects">): boolean {
  const { containers, networks, volumes } = objects;
  const resources = state?.deployment.resources ?? [];
  return resources.length === 0 && containers.length + networks.length + volumes.length > 0;
}

/** Everything to put right before the engine may run. What only the engine can mend is left to a refresh. */
export function planRecovery({ state, objects, jobs }: Observation): readonly Remedy[] {
  const resources = state?.deployment.resources ?? [];
  const idsOf = (type: string) => new Set(resources.filter((r) => r.type === type).map(({ id }) => id));
  const [containers, networks, volumes] = [idsOf(CONTAINER), idsOf(NETWORK), idsOf(VOLUME)];
  const pending = state?.deployment.pending_operations ?? [];
  const present = new Set([
    ...objects.containers.map(({ id }) => id),
    ...objects.networks.map(({ id }) => id),
    ...objects.volumes,
  ]);
  const missing = resources.filter(
    ({ type, id }) => [CONTAINER, NETWORK, VOLUME].includes(type) && id !== undefined && !present.has(id),
  );
  return [
    ...(pending.length > 0 ? [{ kind: "forget", operations: pending.map(describeOperation) } as const] : []),
    ...objects.containers
      .filter(({ id }) => !containers.has(id))
      .map(({ id, name }) => ({ kind: "remove-container", id, name }) as const),
    ...objects.networks
      .filter(({ id }) => !networks.has(id))
      .map(({ id, name }) => ({ kind: "remove-network", id, name }) as const),
    ...objects.volumes.filter((name) => !volumes.has(name)).map((name) => ({ kind: "adopt-volume", name }) as const),
    ...objects.containers
      .filter((container) => containers.has(container.id) && isHalted(container, jobs))
      .map(({ id, name, status }) => ({ kind: "start", id, name, from: status }) as const),
    ...(missing.length > 0 ? [{ kind: "refresh", missing: missing.map(({ urn }) => nameOf(urn)) } as const] : []),
  ];
}

/** What a remedy does, in one line. */
export function describeRemedy(remedy: Remedy): string {
  switch (remedy.kind) {
    case "forget":
      return `forget what an interrupted run had begun: ${remedy.operations.join(", ")}`;
    case "remove-container":
      return `remove container ${remedy.name}, which no state knows`;
    case "remove-network":
      return `remove network ${remedy.name}, which no state knows`;
    case "adopt-volume":
      return `keep volume ${remedy.name}, which no state knows, with its data`;
    case "start":
      return `start container ${remedy.name}, which is ${remedy.from}`;
    case "refresh":
      return `look again at what is gone: ${remedy.missing.join(", ")}`;
  }
}

/** Recovers `stack`; running it when there is nothing to recover changes nothing. */
export async function recover(
  docker: Docker,
  stack: string,
  { services, tell, leaving = false }: RecoverOptions & { readonly services: readonly ServiceSpec[] },
): Promise<Recovery> {
  const jobs = jobsOf(services);
  const unlocked = await releaseStateLock(stack, tell);
  const state = await readState(stack);
  const objects = await stackObjects(docker, stack);
  if (!leaving && isForeign({ state, objects }))
    throw unable(
      `stack ${stack}`,
      `${objects.containers.length} containers and ${objects.volumes.length} volumes of it exist that this checkout did not make`,
      `take it down where it was made; or delete it with its data: groundwork down -s ${stack}`,
    );
  const plan = planRecovery({ state, objects, jobs }).filter(({ kind }) => !leaving || kind !== "start");
  for (const remedy of plan) {
    tell(describeRemedy(remedy));
    await apply(docker, stack, state, remedy);
  }
  return {
    done: [...unlocked, ...plan.map(describeRemedy)],
    refresh: plan.some(({ kind }) => kind === "refresh"),
  };
}

async function apply(docker: Docker, stack: string, state: StackState | undefined, remedy: Remedy): Promise<void> {
  switch (remedy.kind) {
    case "forget":
      if (state !== undefined) await forgetPending(stack, state);
      return;
    case "remove-container":
      // Its anonymous volumes hold nothing but delivered files.
      await unlessGone(docker.getContainer(remedy.id).remove({ force: true, v: true }));
      return;
    case "remove-network":
      await unlessGone(docker.getNetwork(remedy.id).remove());
      return;
    case "start":
      await startHalted(docker, remedy.id, remedy.from);
      return;
    case "adopt-volume":
    case "refresh":
      return;
  }
}

/** Lets a halted container go on. */
export async function startHalted(docker: Docker, id: string, status: string): Promise<void> {
  const container = docker.getContainer(id);
  await (status === "paused" ? container.unpause() : container.start());
}

/** Services that run to an end. */
export function jobsOf(services: readonly ServiceSpec[]): readonly string[] {
  return services.filter(({ shape }) => shape === "job").map(({ name }) => name);
}

/** A container that should run and does not, and that the engine will not start again by itself. */
export function isHalted({ service, status }: StackContainer, jobs: readonly string[]): boolean {
  return !jobs.includes(service) && ["exited", "created", "paused"].includes(status);
}

function describeOperation({ type, resource }: { type: string; resource: { urn: string } }): string {
  return `${type} ${nameOf(resource.urn)}`;
}
