// The loss of the Redis primary under a load of writes through the proxy: Sentinel makes another one, clients that connect again
// go on, and of what was acknowledged only the last moment before the fault may be lost.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WRITES_WITHOUT_REPLICA_SECONDS } from "../../catalogue/redis";
import { allReady, type Copy, type Rig, until, type Visitor } from "../rig";
import { startRedisLoad } from "./redis-load";
import { askServer, redisPrimary } from "./redis-servers";

/** Loses the primary in every way that a rig knows. Only of stacks with several servers. */
export function redisFailoverScenarios(rig: Rig): void {
  interface Fault {
    readonly name: string;
    readonly strike: (primary: Copy) => Promise<unknown>;
    readonly mend: (copy: Copy) => Promise<unknown>;
  }

  const FAULTS: readonly Fault[] = [
    { name: "container stopped", strike: (copy) => copy.stop(), mend: (copy) => copy.start() },
    { name: "container killed", strike: (copy) => copy.kill(), mend: (copy) => copy.start() },
    { name: "container paused", strike: (copy) => copy.pause(), mend: (copy) => copy.unpause() },
    { name: "network cut", strike: (copy) => copy.cut(), mend: (copy) => copy.heal() },
  ];
  /**
   * Longest time without an acknowledged write, in seconds. Sentinel's patience, its vote and the proxy's next question take
   * less than ten; the rest is for machines where sentinels themselves wait for a processor.
   */
  const LIMIT = 30;
  /** Acknowledged writes that make a load a load. */
  const ENOUGH = 100;

  describe.skipIf(rig.copies("redis").length < 2)("the primary of several servers is lost", () => {
    let visitor: Visitor;

    beforeAll(async () => {
      visitor = await rig.visitor("app");
      await allReady(rig, ["redis", "redis-sentinel", "redis-proxy"], 90);
      await redisPrimary(rig);
    }, 200_000);

    afterAll(() => visitor.remove());

    test.each(FAULTS)(
      "$name: clients go on writing, and nothing older than the replicas' delay is lost",
      async ({ name, strike, mend }) => {
        const former = await redisPrimary(rig);
        const load = await startRedisLoad(rig, visitor);
        let struck = 0;
        let gap = 0;
        try {
          await until("a load", 30, async () => (await load.acknowledged()) >= ENOUGH);
          try {
            struck = Date.now() / 1000;
            await strike(former);
            const before = await load.acknowledged();
            await until("writes after the fault", 60, async () => (await load.acknowledged()) >= before + ENOUGH);
          } finally {
            await mend(former);
          }
        } finally {
          gap = await load.stop();
        }
        const primary = await redisPrimary(rig);
        const lost = await load.lost();
        const [{ stdout: kept }, acknowledged] = [
          await askServer(rig, primary, ["SCARD", load.key]),
          await load.acknowledged(),
        ];
        await askServer(rig, primary, ["DEL", load.key]);
        console.log(
          `redis failover: ${name}: gap ${gap.toFixed(1)} s, ${acknowledged} acknowledged, ${lost.length} lost; ` +
            `${former.name} → ${primary.name}`,
        );
        expect(Number(kept)).toBeGreaterThanOrEqual(acknowledged - lost.length);
        expect(primary.name).not.toBe(former.name);
        expect(lost.filter((at) => at < struck - WRITES_WITHOUT_REPLICA_SECONDS)).toEqual([]);
        expect(gap).toBeLessThan(LIMIT);
      },
      240_000,
    );
  });
}
