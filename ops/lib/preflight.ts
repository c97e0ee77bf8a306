// What must hold on this machine before `up` changes anything: ports, disk, memory. All problems at once.
import { statfsSync } from "node:fs";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import type { ServiceSpec } from "../../infra/catalogue/spec";
import type { Environment } from "../../infra/environment";
import type { Problem } from "../../infra/lib/errors";
import { bytes } from "../../infra/lib/units";
import { stackFile } from "../../infra/stack-file";
import { existingAncestor } from "../../tools/atomic-file";
import { CACHE } from "../../tools/paths";
import { dockerEngine, stackObjects } from "./docker";

const GIB = 2 ** 30;
/** What images, layers and tool builds take at their peak, from nothing. */
const DISK_BYTES = 12 * GIB;

/** Everything in the way of running `services` on this machine. */
export async function preflight(
  environment: Environment,
  services: readonly ServiceSpec[],
  { imagesMissing }: { readonly imagesMissing: boolean },
): Promise<readonly Problem[]> {
  return [
    ...(await portProblems(environment, services)),
    ...memoryProblems(services, totalmem()),
    ...(imagesMissing ? diskProblems() : []),
  ];
}

/** Limits are ceilings: services use about half of theirs, so that much must be there. */
export function memoryProblems(services: readonly ServiceSpec[], available: number): readonly Problem[] {
  const limits = services.reduce((sum, { copies, resources }) => sum + copies * bytes(resources.memory), 0);
  if (available >= limits / 2) return [];
  return [
    {
      path: "memory",
      fact: `the stack needs ${gib(limits / 2)} GiB, this machine has ${gib(available)} GiB`,
      hint: "lower the number of members and nodes in the stack file",
    },
  ];
}

function diskProblems(): readonly Problem[] {
  const { bavail, bsize } = statfsSync(existingAncestor(CACHE));
  const free = bavail * bsize;
  if (free >= DISK_BYTES) return [];
  const fact = `building needs ${gib(DISK_BYTES)} GiB, ${gib(free)} GiB are free`;
  return [{ path: CACHE, fact, hint: "make room, or set GROUNDWORK_CACHE to another disk" }];
}

async function portProblems(
  { stack, publish }: Environment,
  services: readonly ServiceSpec[],
): Promise<readonly Problem[]> {
  const wanted = Object.entries(publish).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  const used = new Set(services.flatMap((spec) => Object.values(spec.publish)));
  const { ours, others } = await publishedPorts(stack);
  const found = await Promise.all(
    wanted
      .filter(([, port]) => used.has(port) && !ours.has(port))
      .map(async ([name, port]): Promise<readonly Problem[]> => {
        if (await canListen(publish.address, port)) return [];
        const holder = others.get(port);
        return [
          {
            path: `${stackFile(stack)}: publish/${name}`,
            fact: `${publish.address}:${port} is in use by ${holder ? `container ${holder}` : "another process"}`,
            hint: "give it another port, or stop what uses this one",
          },
        ];
      }),
  );
  return found.flat();
}

/** Whether nobody listens there. An address that this host does not have counts as free: the engine says so better. */
function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Host ports of the stack's containers, also of those about to start, and who publishes others; none without an engine. */
async function publishedPorts(stack: string) {
  const docker = dockerEngine();
  const none = { containers: [] };
  const [own, all] = await Promise.all([
    stackObjects(docker, stack).catch(() => none),
    docker.listContainers().catch(() => []),
  ]);
  const others = all.flatMap(({ Names, Ports }) =>
    Ports.map(({ PublicPort }) => [PublicPort, Names[0]?.slice(1) ?? ""] as const),
  );
  return { ours: new Set(own.containers.flatMap(({ publishes }) => publishes)), others: new Map(others) };
}

function gib(amount: number): string {
  return (amount / GIB).toFixed(1).replace(/\.0$/, "");
}
