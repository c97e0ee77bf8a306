// A lock between processes: a file that names its holder. A holder that died is noticed, and its lock broken.
import { linkSync, readFileSync, renameSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { invalid } from "../infra/lib/errors";
import { createFile } from "./atomic-file";

export interface LockArgs {
  /** Milliseconds to wait for another holder before giving up. @default 30 minutes, longer than any build */
  readonly patience?: number;
  /** Called once with the holder's process id when the lock is not free. @default - waits silently */
  readonly onWait?: (pid: number) => void;
}

/** Runs `work` while this process holds the lock file at `path`. Two parts of one process exclude each other as well. */
export async function locked<T>(path: string, work: () => Promise<T>, args: LockArgs = {}): Promise<T> {
  const { patience = 30 * 60_000, onWait } = args;
  const deadline = Date.now() + patience;
  for (let waited = false; !acquire(path); waited = true) {
    const holder = read(path);
    if (holder !== undefined && !alive(holder)) {
      breakLock(path, holder);
      continue;
    }
    if (!waited && holder !== undefined) onWait?.(Number.parseInt(holder, 10));
    if (Date.now() > deadline)
      throw invalid(
        path,
        `held by process ${holder} for ${Math.round(patience / 60_000)} minutes`,
        `wait for it or end it`,
      );
    await pause(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** The file appears at once with its content, so that no other process can read a lock without a holder. */
const acquire = (path: string): boolean => createFile(path, identity(process.pid) ?? "");

/** Renaming has one winner; should it have caught a lock taken since `holder` was read, that lock is put back. */
function breakLock(path: string, holder: string): void {
  const broken = `${path}.${process.pid}.broken`;
  try {
    renameSync(path, broken);
    if (read(broken) !== holder) linkSync(broken, path);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    rmSync(broken, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function alive(holder: string): boolean {
  return identity(Number.parseInt(holder, 10)) === holder;
}

/** A process id with the time it started, because ids are used again: `4711 183920`. Undefined when it has ended. */
export function identity(pid: number): string | undefined {
  try {
    // The second field, the program's name, is in parentheses and may hold spaces: `4711 (my node) S 1 … 183920 …`.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
