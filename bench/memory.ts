// What memory the whole platform takes: of every container, what its cgroup holds beside the file cache.
import type Docker from "dockerode";
import { dockerEngine, stackObjects } from "../ops/lib/docker";
import { loadStack } from "../ops/lib/stack";
import { isWell, stackStatus } from "../ops/lib/status";
import { TEST_STACK, withTestStack } from "../ops/lib/test-stack";
import type { Measure, Measurement } from "./measurement";
import { groundwork } from "./platform";

const MIB = 2 ** 20;

export const measureMemory: Measure = async (report, stack) => {
  const docker = dockerEngine();
  if (await isUp(docker, stack)) return [await memoryOf(docker, stack)];
  report(`stack ${stack} is not up: bringing ${TEST_STACK} up`);
  const measure = async () => {
    await groundwork("up", report);
    try {
      return [await memoryOf(docker, TEST_STACK)];
    } finally {
      await groundwork("down", report);
    }
  };
  return withTestStack(TEST_STACK, measure, report);
};

async function isUp(docker: Docker, stack: string): Promise<boolean> {
  const { environment, services } = loadStack(stack);
  const { containers } = await stackObjects(docker, stack);
  return isWell(stackStatus(environment, services, containers));
}

async function memoryOf(docker: Docker, stack: string): Promise<Measurement> {
  const { containers } = await stackObjects(docker, stack);
  const running = containers.filter(({ status }) => status === "running");
  const used = await Promise.all(
    running.map(async ({ id, service }) => {
      const stats = await docker.getContainer(id).stats({ stream: false, "one-shot": true });
      return { service, mib: withoutCache(stats.memory_stats) / MIB };
    }),
  );
  const parts: Record<string, number> = {};
  for (const { service, mib } of used) parts[service] = Math.round((parts[service] ?? 0) + mib);
  return {
    name: "memory",
    about: `of stack ${stack}, ${running.length} containers`,
    value: used.reduce((sum, { mib }) => sum + mib, 0),
    unit: "MiB",
    peer: { name: "without the platform: nothing", value: 0 },
    parts,
  };
}

/** The engine counts file cache as usage; cgroup v1 and v2 name the part that can be dropped at once differently. */
function withoutCache({ usage, stats }: Docker.MemoryStats): number {
  const cache: Partial<Record<string, number>> = { ...stats };
  return usage - (cache.total_inactive_file ?? cache.inactive_file ?? 0);
}
