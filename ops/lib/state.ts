// The state of a stack as its backend keeps it, as far as recovery needs it. Secrets in it stay encrypted throughout.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { PROJECT } from "../../infra/lib/naming";
import { ranSince } from "./processes";
import { pulumi, stackExists, stateFolder } from "./pulumi";

/** One resource that the state knows. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** The provider's id; absent for components. */
  readonly id?: string;
  readonly protect?: boolean;
}

/** A stack's exported state; everything not named here is carried along untouched. */
export interface StackState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

/** A lock that a Pulumi process took on the stack. */
export interface StateLock {
  readonly pid: number;
  readonly host: string;
  /** What is known of its holder: processes of other hosts cannot be asked. */
  readonly holder: "running" | "gone" | "elsewhere";
}

export const CONTAINER = "docker:index/container:Container";
export const NETWORK = "docker:index/network:Network";
export const VOLUME = "docker:index/volume:Volume";

/** The exported state; undefined if the stack has none. */
export async function readState(stack: string): Promise<StackState | undefined> {
  if (!(await stackExists(stack))) return undefined;
  return JSON.parse(await pulumi(stack, ["stack", "export"]));
}

/** Writes the state back without its pending operations, the record of an interrupted run. */
export async function forgetPending(stack: string, state: StackState): Promise<void> {
  const settled: StackState = { ...state, deployment: { ...state.deployment, pending_operations: [] } };
  await pulumi(stack, ["stack", "import"], { input: JSON.stringify(settled) });
}

/** The locks on the stack; none where the backend is not a folder, since only there they can be judged. */
export function readLocks(stack: string): readonly StateLock[] {
  const root = stateFolder(stack);
  if (root === undefined) return [];
  const folder = join(root, ".pulumi", "locks", "organization", PROJECT, stack);
  // Others are being written.
  const written = filesIn(folder).filter((name) => name.endsWith(".json"));
  return written.flatMap((name) => {
    const lock = parseLock(join(folder, name));
    return lock === undefined ? [] : [lock];
  });
}

/** Removes what a killed engine had begun to write beside the stack's state. Only for whoever holds the stack. */
export function removePartialWrites(stack: string): void {
  const root = stateFolder(stack);
  if (root === undefined) return;
  const folder = join(root, ".pulumi", "stacks", PROJECT);
  for (const name of filesIn(folder).filter((file) => file.startsWith(`${stack}.json`) && file.endsWith(".tmp")))
    rmSync(join(folder, name), { force: true });
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** `{"pid":1234,"username":"root","hostname":"box","timestamp":"2026-01-31T12:00:00Z"}`; undefined once it is gone. */
function parseLock(path: string): StateLock | undefined {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const { pid, hostname: host, timestamp }: { pid: number; hostname: string; timestamp: string } = JSON.parse(content);
  if (host !== hostname()) return { pid, host, holder: "elsewhere" };
  return { pid, host, holder: ranSince(pid, Date.parse(timestamp)) ? "running" : "gone" };
}
