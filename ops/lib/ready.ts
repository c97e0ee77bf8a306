// Waits until every service of a stack is as it should be, as the platform tells it.
import { setTimeout } from "node:timers/promises";
import type { RenderContext } from "../../infra/platforms/platform";
import { Failure } from "./failure";
import { operationsOf } from "./platforms/operations";
import { isWell, type StackStatus, stackStatus } from "./status";

const POLL_MILLISECONDS = 1_000;
const PATIENCE_MILLISECONDS = 180_000;

/**
 * Polls until all services are healthy or done; throws a `Failure` that names each that is not in time. A copy that
 * halts meanwhile, because an interrupted run had told the engine to stop it, is started again, once.
 */
export async function waitUntilReady(
  context: RenderContext,
  onWait: (waitingFor: readonly string[]) => void,
): Promise<StackStatus> {
  const { environment, services } = context;
  const operations = operationsOf(environment);
  const started = new Set<string>();
  for (const deadline = Date.now() + PATIENCE_MILLISECONDS; ; await setTimeout(POLL_MILLISECONDS)) {
    await operations.revive(context, started);
    const status = stackStatus(environment, services, await operations.copies(context));
    if (isWell(status)) return status;
    const unwell = status.services.filter(({ state }) => state !== "healthy" && state !== "done");
    if (Date.now() > deadline)
      throw new Failure(
        unwell.map(({ name, state, copies }) => ({
          path: name,
          fact: `is ${state}, ${copies.ready} of ${copies.wanted} copies are ready`,
          hint: operations.logsHint(environment, name),
        })),
      );
    onWait(unwell.map(({ name, state, copies }) => `${name} ${state} ${copies.ready}/${copies.wanted}`));
  }
}
