// From the containers that run to what each service's state is. Pure; the platform is asked elsewhere.
import type { ServiceSpec } from "../../infra/catalogue/spec";
import type { Environment } from "../../infra/environment";
import { type Endpoint, endpoints } from "../../infra/platforms/endpoints";

export type ServiceState = "healthy" | "starting" | "degraded" | "down" | "missing" | "done";

/** One service as `status --json` prints it. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: ServiceState;
  readonly copies: { readonly wanted: number; readonly ready: number };
  readonly endpoints: readonly { readonly name: string; readonly url: string }[];
}

/** The whole document of `status --json`. */
export interface StackStatus {
  readonly stack: string;
  readonly platform: string;
  readonly services: readonly ServiceStatus[];
}

/** One copy of a service, in the words that Docker has for containers; pods are told in the same. */
export interface Copy {
  readonly service: string;
  /** created, running, paused, restarting, removing, exited or dead. */
  readonly status: string;
  readonly exitCode: number;
  /** What its health check says last; undefined where it has none. */
  readonly health?: string;
}

/** Folds the stack's copies into one state per service of the catalogue. */
export function stackStatus(
  environment: Environment,
  services: readonly ServiceSpec[],
  containers: readonly Copy[],
): StackStatus {
  const reached = endpoints(environment, services);
  return {
    stack: environment.stack,
    platform: environment.platform,
    services: services.map((spec) =>
      serviceStatus(
        spec,
        containers.filter(({ service }) => service === spec.name),
        reached.filter(({ service }) => service === spec.name),
      ),
    ),
  };
}

/** Whether everything is as it should be. */
export function isWell({ services }: StackStatus): boolean {
  return services.every(({ state }) => state === "healthy" || state === "done");
}

function serviceStatus(spec: ServiceSpec, containers: readonly Copy[], reached: readonly Endpoint[]): ServiceStatus {
  const copies = containers.map(spec.shape === "job" ? jobState : copyState);
  const ready = copies.filter((state) => state === "ready").length;
  const starting = copies.filter((state) => state === "starting").length;
  return {
    name: spec.name,
    state: stateOf({ job: spec.shape === "job", wanted: spec.copies, present: copies.length, ready, starting }),
    copies: { wanted: spec.copies, ready },
    endpoints: reached.map(({ name, url }) => ({ name, url })),
  };
}

interface Counts {
  readonly job: boolean;
  readonly wanted: number;
  readonly present: number;
  readonly ready: number;
  readonly starting: number;
}

function stateOf({ job, wanted, present, ready, starting }: Counts): ServiceState {
  if (present === 0) return "missing";
  if (ready >= wanted) return job ? "done" : "healthy";
  if (ready + starting >= wanted) return "starting";
  return ready > 0 ? "degraded" : starting > 0 ? "starting" : "down";
}

type CopyState = "ready" | "starting" | "down";

function copyState({ status, health }: Copy): CopyState {
  if (status === "created") return "starting";
  if (status !== "running") return "down";
  if (health === undefined || health === "healthy") return "ready";
  return health === "starting" ? "starting" : "down";
}

function jobState({ status, exitCode }: Copy): CopyState {
  if (status === "running" || status === "created") return "starting";
  return status === "exited" && exitCode === 0 ? "ready" : "down";
}
