// What operations ask of the place where a stack runs. One implementation per platform, found by one table.
import type { ListrTask } from "listr2";
import type { ServiceSpec } from "../../../infra/catalogue/spec";
import type { Environment } from "../../../infra/environment";
import type { Problem } from "../../../infra/lib/errors";
import type { RenderContext } from "../../../infra/platforms/platform";
import type { StateResource } from "../state";
import type { Copy } from "../status";
import { dockerOperations } from "./docker";
import { kubernetesOperations } from "./kubernetes";

/** What a recovery did. */
export interface Recovery {
  /** Each step in one line. */
  readonly done: readonly string[];
  /** The state must be compared with the platform by a refresh. */
  readonly refresh: boolean;
}

export interface RecoverOptions {
  /** Told every step in one line. */
  readonly tell: (line: string) => void;
  /** Whether the stack is about to go: then nothing is started, and what is foreign is removed as well. @default false */
  readonly leaving?: boolean;
}

/** One platform, as operations use it. Each call looks at the running platform anew. */
export interface Operations {
  /** Throws a `Failure` (exit 2) unless the platform answers. */
  requireAnswer(context: RenderContext): Promise<void>;
  /** Everything in the way of running the stack, all at once; looks only. */
  preflight(context: RenderContext): Promise<readonly Problem[]>;
  /** What must be there before the engine may run. */
  prepare(): ListrTask;
  /** What this platform cannot promise, one line each; no reason not to run. */
  notes(context: RenderContext): Promise<readonly string[]>;
  /** Every copy of every service, in the words of `Copy`. */
  copies(context: RenderContext): Promise<readonly Copy[]>;
  /** Starts what halted since an interrupted run and would not start by itself; `started` remembers it. */
  revive(context: RenderContext, started: Set<string>): Promise<void>;
  /** Whether the platform holds objects of the stack that this checkout's state cannot have made. */
  isForeign(context: RenderContext): Promise<boolean>;
  /** Puts right what an interrupted run left; when nothing is left it changes nothing. */
  recover(context: RenderContext, options: RecoverOptions): Promise<Recovery>;
  /** Removes what the state did not know, or knew no longer. Throws a `Failure` that names what is still there. */
  sweep(context: RenderContext, options: { readonly keepData: boolean }): Promise<void>;
  /** What of the stack's data is there. */
  data(context: RenderContext): Promise<readonly string[]>;
  /** Whether the engine removes a recorded resource when the stack stops and its data stays; the sweep removes what else runs. */
  isRunning(resource: StateResource): boolean;
  /** The resources by which a run's progress shows a service: their types, and how many a service has. */
  readonly shown: { readonly types: readonly string[]; count(spec: ServiceSpec): number };
  /** Where to read on when a service does not come up. */
  logsHint(environment: Environment, service: string): string;
}

const OPERATIONS: Readonly<Record<Environment["platform"], Operations>> = {
  docker: dockerOperations,
  kubernetes: kubernetesOperations,
};

/** The operations of the platform that a stack runs on. */
export function operationsOf({ platform }: Environment): Operations {
  return OPERATIONS[platform];
}
