// Whoever takes a stack up and down for tests or measurements has it alone: a lock for the whole time, not one verb.
import { join } from "node:path";
import type { ListrTask } from "listr2";
import { locked } from "../../tools/lock";
import { PRIVATE } from "../../tools/paths";

/** The stack that docker tests and measurements work on, unless told otherwise. */
export const TEST_STACK = "test";

/** Runs `work` while nobody else of this checkout tests or measures on `stack`. */
export function withTestStack<T>(stack: string, work: () => Promise<T>, report: (line: string) => void): Promise<T> {
  const onWait = (pid: number) => report(`waiting for process ${pid}, which tests or measures on stack ${stack}`);
  return locked(join(PRIVATE, "locks", `${stack}.tests`), work, { onWait });
}

/** The stack that kubernetes tests work on, beside the one of docker tests. */
export function kubernetesStack(stack: string): string {
  return `${stack}-kubernetes`;
}

/** What a tier needs beside Node. */
export interface TierNeeds {
  /** Makes it ready; a failure means that the tier cannot run here. */
  readonly tasks: ListrTask[];
  /** What is done when its tests have ended, come what may. @default nothing */
  readonly after?: ListrTask[];
}
