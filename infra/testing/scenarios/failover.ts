// The loss of the primary under a write load, in five ways: no acknowledged write is lost, writing goes on, and the former
// primary comes back as a replica by itself.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Copy, output, type Rig, until } from "../rig";
import { primary, replicationLag, whole } from "./cluster";
import { asSuperuser, migrations, withClient } from "./sql";
import { startWriteLoad } from "./write-load";

/** Loses the primary of the stack of `rig` in every way that a rig knows. */
export function failoverScenarios(rig: Rig): void {
  interface Fault {
    readonly name: string;
    readonly strike: (primary: Copy) => Promise<unknown>;
    /** Undoes the fault; what was stopped or killed needs only to be started. */
    readonly mend: (copy: Copy) => Promise<unknown>;
    /** Longest time without an acknowledged write, in seconds. */
    readonly limit: number;
  }

  const FAULTS: readonly Fault[] = [
    {
      name: "postmaster killed",
      strike: (copy) => output(copy, ["sh", "-c", "kill -9 $(head -n 1 /var/lib/postgresql/data/postmaster.pid)"]),
      mend: async () => undefined,
      limit: 12,
    },
    { name: "container stopped", strike: (copy) => copy.stop(), mend: (copy) => copy.start(), limit: 12 },
    {
      name: "container killed",
      strike: (copy) => copy.kill(),
      mend: (copy) => copy.start(),
      // Only members that share a kernel have a witness of a peer's death; elsewhere it is Patroni's `ttl` that notices.
      limit: rig.environment.platform === "docker" ? 12 : 30,
    },
    {
      name: "container paused",
      strike: (copy) => copy.pause(),
      mend: (copy) => copy.unpause(),
      // A frozen server's kernel still answers. On Docker the proxy ends its connections; elsewhere the clients' own timeout does,
      // which is as long as Patroni's `ttl`.
      limit: 30,
    },
    { name: "network cut", strike: (copy) => copy.cut(), mend: (copy) => copy.heal(), limit: 30 },
  ];

  /** Acknowledged writes that make a load a load. */
  const ENOUGH = 50;

  beforeAll(async () => {
    await whole(rig);
  }, 150_000);

  afterAll(async () => {
    await whole(rig);
    await withClient(await migrations(rig), async (client) => {
      for (const index of FAULTS.keys()) await client.query(`DROP TABLE IF EXISTS ${tableOf(index)}`);
    });
  }, 150_000);

  test.each(FAULTS.map((fault, index) => ({ ...fault, index })))(
    "$name: no acknowledged write is lost",
    async ({ name, strike, mend, limit, index }) => {
      const former = await whole(rig);
      const load = await startWriteLoad(rig, tableOf(index));
      const acknowledged = async () => load.report().acknowledged.length;
      let report = load.report();
      let mended = 0;
      let back = 0;
      try {
        await until("a write load", 30, async () => (await acknowledged()) >= ENOUGH);
        const before = await acknowledged();
        try {
          await strike(former);
          await until("writes after the fault", 60, async () => (await acknowledged()) >= before + ENOUGH);
        } finally {
          await mend(former);
          mended = performance.now();
        }
        const leader = await whole(rig);
        back = performance.now();
        await until("lag below 1 s", 30, async () => ((await replicationLag(rig, leader)) ?? 1) < 1);
      } finally {
        report = await load.stop();
      }
      const kept = new Set(await idsOf(await primary(rig), load.table));
      const lost = report.acknowledged.filter((id) => !kept.has(id));
      console.log(
        `failover: ${name}: gap ${report.gap.toFixed(1)} s, ${report.acknowledged.length} acknowledged, ${lost.length} lost; ` +
          `${former.name} back in its place after ${((back - mended) / 1000).toFixed(1)} s`,
      );
      expect(lost).toEqual([]);
      expect(report.gap).toBeLessThan(limit);
      for (const member of rig.copies("postgres")) {
        await until(`every write on ${member.name}`, 10, async () => {
          const there = new Set(await idsOf(member, load.table));
          return report.acknowledged.every((id) => there.has(id));
        });
      }
    },
    240_000,
  );

  function tableOf(index: number): string {
    return `failover_${index}`;
  }

  async function idsOf(member: Copy, table: string): Promise<readonly number[]> {
    const ids = await asSuperuser(member, `SELECT id FROM ${table}`);
    return ids === "" ? [] : ids.split("\n").map(Number);
  }
}
