// The command line as a user starts it: a process of its own, which may be killed.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../tools/paths";
import type { Executed } from "../rig";

/** A running `./groundwork …`. */
export interface Running {
  readonly ended: Promise<Executed>;
  /** Kills its process group, as closing a terminal for good would; what left the group lives on. */
  killGroup(): void;
  /** Kills it and everything that it started, as a crash of the machine would. */
  killTree(): void;
}

/** Starts `./groundwork …` in a process group of its own. */
export function start(...args: readonly string[]): Running {
  const child = spawn(join(ROOT, "groundwork"), args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const pid = child.pid as number;
  return {
    ended: endOf(child),
    killGroup: () => process.kill(-pid, "SIGKILL"),
    killTree: () => {
      // Stopped first, so that nothing new is started while the rest is looked for.
      for (const each of descendants(pid)) signal(each, "SIGSTOP");
      for (const each of descendants(pid)) signal(each, "SIGKILL");
    },
  };
}

/** Runs `./groundwork …` to its end. */
export function groundwork(...args: readonly string[]): Promise<Executed> {
  return start(...args).ended;
}

/** Standard output of a `./groundwork …` that must succeed. */
export async function succeeded(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await groundwork(...args);
  if (code !== 0) throw new Error(`groundwork ${args.join(" ")} ended with ${code}: ${stderr || stdout}`);
  return stdout;
}

async function endOf(child: ChildProcess): Promise<Executed> {
  const read = async (stream: "stdout" | "stderr") => {
    let text = "";
    for await (const piece of child[stream]?.setEncoding("utf8") ?? []) text += piece;
    return text;
  };
  const code = new Promise<number>((resolve) => child.once("exit", (status) => resolve(status ?? -1)));
  const [stdout, stderr] = await Promise.all([read("stdout"), read("stderr")]);
  return { code: await code, stdout, stderr };
}

/** A process and all that descend from it, parents first. */
function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : undefined;
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const found = [pid];
  for (const each of found) for (const [child, parent] of parents) if (parent === each) found.push(child);
  return found;
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
