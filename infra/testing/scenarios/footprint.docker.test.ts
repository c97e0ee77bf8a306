// What the running platform takes of its machine, held against the least host that README.md recommends.
import { expect, test } from "vitest";
import { HOST_SIZES, roomOf } from "../../catalogue/capacity";
import { dockerRig, engine, stackContainers } from "../docker-rig";

const rig = dockerRig();

test("the least host holds the platform", async () => {
  const [least] = HOST_SIZES;
  const room = roomOf(least);
  const running = (await stackContainers(rig.environment.stack)).filter(({ State }) => State.Running);
  expect(running.length).toBeGreaterThan(0);
  const used = await Promise.all(
    running.map(async ({ Id }) => {
      const { memory_stats: memory } = await engine.getContainer(Id).stats({ stream: false });
      // Cached files are given back when others need the memory; cgroup v1 and v2 name them differently.
      const cached = memory.stats.total_inactive_file ?? memory.stats.inactive_file;
      return memory.usage - cached;
    }),
  );
  const mebibytes = used.reduce((sum, one) => sum + one, 0) / 2 ** 20;
  console.log(`footprint: ${mebibytes.toFixed(0)} MiB of memory in ${running.length} containers`);
  expect(mebibytes).toBeGreaterThan(100);
  expect(mebibytes).toBeLessThan(room.memory);
});
