// How a command ends badly: which exit code, and the one text printed for it.
import { formatProblem, InvalidInput, type Problem } from "../../infra/lib/errors";

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, unable: 2, usage: 64 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An operation that did not succeed; its problems may be shown to the user as they are. */
export class Failure extends Error {
  constructor(
    readonly problems: readonly Problem[],
    readonly exit: ExitCode = EXIT.failed,
  ) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "Failure";
  }
}

/** The failure for one problem. @default exit 1 */
export function failure(path: string, fact: string, hint?: string, exit: ExitCode = EXIT.failed): Failure {
  return new Failure([hint === undefined ? { path, fact } : { path, fact, hint }], exit);
}

/** A refusal before anything was changed: something needed is missing or unreachable. */
export function unable(path: string, fact: string, hint?: string): Failure {
  return failure(path, fact, hint, EXIT.unable);
}

/** The exit code that an error stands for. Invalid input means that nothing was run. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Failure) return error.exit;
  return error instanceof InvalidInput ? EXIT.unable : EXIT.failed;
}

/** What the user is told of an error. A stack trace only for unforeseen errors, and only when `debug` asks for it. */
export function describeError(error: unknown, debug: boolean): string {
  if (error instanceof Failure || error instanceof InvalidInput) return error.message;
  if (!(error instanceof Error)) return `groundwork: ${String(error)}`;
  if (debug && error.stack !== undefined) return error.stack;
  const [line = error.name] = error.message.split("\n");
  return formatProblem({ path: "groundwork", fact: line, hint: "run it again with --debug for where this came from" });
}
