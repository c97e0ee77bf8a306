// Runs one program, handing on its output line by line; what a failure shows is the end of that output.
import { type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { invalid } from "../infra/lib/errors";

/** How many of the last lines an error repeats. */
const TAIL = 20;

export interface RunArgs extends Pick<SpawnOptions, "cwd" | "env"> {
  /** Called with each line of stderr and stdout as it comes. @default - nothing is shown */
  readonly report?: (line: string) => void;
  /** What to do when the program fails. @default - the error has no hint */
  readonly hint?: string;
}

/** Runs `argv` to its end and returns its stdout. A failure is an error with the last lines of both streams. */
export async function run(argv: readonly [string, ...string[]], args: RunArgs = {}): Promise<string> {
  const { report, hint, ...options } = args;
  const [program, ...rest] = argv;
  const child = spawn(program, rest, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const stdout: string[] = [];
  const tail = new Tail(TAIL);
  createInterface({ input: child.stdout }).on("line", (line) => {
    stdout.push(line);
    tail.add(line);
    report?.(line);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    tail.add(line);
    report?.(line);
  });
  const outcome = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? "not found on PATH" : error.message),
    );
    child.once("close", (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  if (outcome === undefined) return stdout.join("\n");
  throw invalid(rest.length === 0 ? program : `${program} ${rest[0]}`, [outcome, ...tail.lines].join("\n    "), hint);
}

/** Keeps the last lines of a stream. */
export class Tail {
  readonly lines: string[] = [];

  constructor(private readonly size: number) {}

  add(line: string): void {
    if (line.trim() === "") return;
    this.lines.push(line);
    if (this.lines.length > this.size) this.lines.shift();
  }
}
