// Whether the process that took something is still the same one: ids are used again.
import { readFileSync } from "node:fs";

/** Whether a process with this id runs that is not younger than `since` (milliseconds since the epoch). */
export function ranSince(pid: number, since: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const fields = statOf(pid);
  if (fields?.[0] === "Z") return false;
  const started = startTime(fields?.[19]);
  return started === undefined || started <= since + CLOCK_MILLISECONDS;
}

/** The kernel rounds its boot time to whole seconds. */
const CLOCK_MILLISECONDS = 1_000;
/** Linux counts start times at 100 per second for user space. */
const TICKS_PER_SECOND = 100;

function startTime(ticks: string | undefined): number | undefined {
  const boot = /^btime (\d+)$/m.exec(read("/proc/stat") ?? "")?.[1];
  return ticks === undefined || boot === undefined
    ? undefined
    : (Number(boot) + Number(ticks) / TICKS_PER_SECOND) * 1000;
}

/** The fields of `1234 (name) S 1 …` from the state on; the name may hold spaces and brackets. */
function statOf(pid: number): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Undefined where there is no such process, or no /proc at all. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
