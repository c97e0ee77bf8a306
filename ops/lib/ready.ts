// Waits until every service of a stack is as it should be, as the platform tells it.
import { setTimeout } from "node:timers/promises";
import type Docker from "dockerode";
import type { RenderContext } from "../../infra/platforms/platform";
import { stackObjects, unlessGone } from "./docker";
import { Failure } from "./failure";
import { isHalted, jobsOf, startHalted } from "./recover";
import { isWell, type StackStatus, stackStatus } from "./status";

const POLL_MILLISECONDS = 1_000;
const PATIENCE_MILLISECONDS = 180_000;

/**
 * Polls until all services are healthy or done; throws a `Failure` that names each that is not in time. A container that
 * halts meanwhile, because an interrupted run had told the engine to stop it, is started again, once.
 */
export async function waitUntilReady(
  docker: Docker,
  { environment, services }: RenderContext,
  onWait: (waitingFor: readonly string[]) => void,
): Promise<StackStatus> {
  const jobs = jobsOf(services);
  const started = new Set<string>();
  for (const deadline = Date.now() + PATIENCE_MILLISECONDS; ; await setTimeout(POLL_MILLISECONDS)) {
    const { containers } = await stackObjects(docker, environment.stack);
    const halted = containers.filter((container) => isHalted(container, jobs) && !started.has(container.id));
    for (const { id, status } of halted) {
      started.add(id);
      await unlessGone(startHalted(docker, id, status));
    }
    const status = stackStatus(environment, services, containers);
    if (isWell(status)) return status;
    const unwell = status.services.filter(({ state }) => state !== "healthy" && state !== "done");
    if (Date.now() > deadline)
      throw new Failure(
        unwell.map(({ name, state, copies }) => ({
          path: name,
          fact: `is ${state}, ${copies.ready} of ${copies.wanted} copies are ready`,
          hint: `docker logs of the containers groundwork-${environment.stack}-${name}-*`,
        })),
      );
    onWait(unwell.map(({ name, state, copies }) => `${name} ${state} ${copies.ready}/${copies.wanted}`));
  }
}
