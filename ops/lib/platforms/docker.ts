// Operations on one host's Docker engine.
import type Docker from "dockerode";
import { hasImage } from "../../../tools/docker-engine";
import { imageTags } from "../../../tools/images";
import { dockerEngine, requireEngine, type StackObjects, stackObjects, unlessGone } from "../docker";
import { Failure } from "../failure";
import { preflight } from "../preflight";
import { isForeign, isHalted, jobsOf, recover, startHalted } from "../recover";
import { CONTAINER, NETWORK, readState } from "../state";
import { prepareTask } from "../steps";
import type { Operations } from "./operations";

const objectsOf = (stack: string) => stackObjects(dockerEngine(), stack);

export const dockerOperations: Operations = {
  requireAnswer: () => requireEngine(dockerEngine()),
  preflight: async ({ environment, services }) =>
    preflight(environment, services, { imagesMissing: await someImageMissing() }),
  prepare: prepareTask,
  notes: async () => [],
  copies: async ({ environment }) => (await objectsOf(environment.stack)).containers,
  revive: async ({ environment, services }, started) => {
    const docker = dockerEngine();
    const jobs = jobsOf(services);
    const { containers } = await stackObjects(docker, environment.stack);
    for (const { id, status } of containers.filter((one) => isHalted(one, jobs) && !started.has(one.id))) {
      started.add(id);
      await unlessGone(startHalted(docker, id, status));
    }
  },
  isForeign: async ({ environment: { stack } }) =>
    isForeign({ state: await readState(stack), objects: await objectsOf(stack) }),
  recover: ({ environment, services }, options) => recover(dockerEngine(), environment.stack, { services, ...options }),
  sweep: async ({ environment: { stack } }, { keepData }) => {
    await removeAll(dockerEngine(), await objectsOf(stack), { keepData });
    refuseLeftovers(await objectsOf(stack), { keepData });
  },
  data: async ({ environment }) => (await objectsOf(environment.stack)).volumes,
  isRunning: ({ type }) => type === CONTAINER || type === NETWORK,
  shown: { types: [CONTAINER], count: ({ copies }) => copies },
  logsHint: ({ stack }, service) => `docker logs of the containers groundwork-${stack}-${service}-*`,
};

async function someImageMissing(): Promise<boolean> {
  const docker = dockerEngine();
  const present = await Promise.all(Object.values(imageTags()).map((tag) => hasImage(docker, tag).catch(() => false)));
  return present.includes(false);
}

/** What the state did not know, or knew no longer. */
async function removeAll(docker: Docker, objects: StackObjects, { keepData }: { keepData: boolean }): Promise<void> {
  await Promise.all(
    objects.containers.map(({ id }) => unlessGone(docker.getContainer(id).remove({ force: true, v: true }))),
  );
  await Promise.all(objects.networks.map(({ id }) => unlessGone(docker.getNetwork(id).remove())));
  if (!keepData) await Promise.all(objects.volumes.map((name) => unlessGone(docker.getVolume(name).remove())));
}

function refuseLeftovers({ containers, networks, volumes }: StackObjects, { keepData }: { keepData: boolean }): void {
  const left = [
    ...containers.map(({ name }) => `container ${name}`),
    ...networks.map(({ name }) => `network ${name}`),
    ...(keepData ? [] : volumes.map((name) => `volume ${name}`)),
  ];
  if (left.length > 0)
    throw new Failure(left.map((path) => ({ path, fact: "is still there", hint: "run ./groundwork down again" })));
}
