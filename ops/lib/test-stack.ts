// Whoever takes a stack up and down for tests or measurements has it alone: a lock for the whole time, not one verb.
import { join } from "node:path";
import { locked } from "../../tools/lock";
import { PRIVATE } from "../../tools/paths";

/** The stack that docker tests and measurements work on, unless told otherwise. */
export const TEST_STACK = "test";

/** Runs `work` while nobody else of this checkout tests or measures on `stack`. */
export function withTestStack<T>(stack: string, work: () => Promise<T>, report: (line: string) => void): Promise<T> {
  const onWait = (pid: number) => report(`waiting for process ${pid}, which tests or measures on stack ${stack}`);
  return locked(join(PRIVATE, "locks", `${stack}.tests`), work, { onWait });
}
