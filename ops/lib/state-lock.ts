// The lock that a Pulumi process has on a stack's state: waits for a running one, breaks that of one that is gone.
import { setTimeout } from "node:timers/promises";
import { unable } from "./failure";
import { pulumi } from "./pulumi";
import { readLocks, removePartialWrites } from "./state";

/** How long a running engine may keep the stack: longer than its longest wait for a container. */
const PATIENCE_MILLISECONDS = 10 * 60_000;
const POLL_MILLISECONDS = 500;

/** Waits for a running engine of this host, breaks the lock of one that is gone, and refuses for one of another host. */
export async function releaseStateLock(stack: string, tell: (line: string) => void): Promise<readonly string[]> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  let waitingFor: number | undefined;
  for (;;) {
    const locks = readLocks(stack);
    const [running] = locks.filter(({ holder }) => holder === "running");
    const [elsewhere] = locks.filter(({ holder }) => holder === "elsewhere");
    if (elsewhere !== undefined)
      throw unable(
        `stack ${stack}`,
        `is locked by process ${elsewhere.pid} on ${elsewhere.host}`,
        `wait for it; if it is gone for certain: pulumi cancel --yes --stack ${stack}`,
      );
    if (running === undefined) break;
    if (Date.now() > deadline)
      throw unable(`stack ${stack}`, `is still locked by process ${running.pid}`, "wait for it to end, or stop it");
    if (waitingFor !== running.pid) tell(`wait for process ${running.pid}, which an earlier run started`);
    waitingFor = running.pid;
    await setTimeout(POLL_MILLISECONDS);
  }
  if (readLocks(stack).length === 0) return [];
  const line = "release the state's lock, whose holder is gone";
  tell(line);
  await pulumi(stack, ["cancel", "--yes"]);
  removePartialWrites(stack);
  return [line];
}
