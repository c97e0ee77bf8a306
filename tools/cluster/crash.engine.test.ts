// The test cluster after its starter was killed: the next `up` makes it whole, and `down` leaves nothing. In the engine's tier
// because it needs the machine without a cluster; skipped where one is up, which somebody keeps, or where none can be.
import { expect, type TestContext, test } from "vitest";
import { groundwork, start, succeeded } from "../../infra/testing/scenarios/cli";
import { clusterIsUp } from "./cluster";
import { leftovers, processes } from "./leftovers";
import { obstacles } from "./obstacles";
import { until } from "./until";

const LIMIT = 1_200_000;

/** Starts a cluster and kills who starts it, once some of its programs run and others do not yet. */
async function crash({ skip, onTestFinished }: TestContext): Promise<void> {
  const inTheWay = [...(await obstacles()).map(({ fact }) => fact), ...(await leftovers())];
  if (inTheWay.length > 0) skip(`no cluster can be started here: ${inTheWay.join("; ")}`);
  onTestFinished(async () => void (await groundwork("cluster", "down")), 120_000);
  const starter = start("cluster", "up");
  const began = await Promise.race([
    until("the first programs of the cluster", 900, async () => processes().includes("kube-apiserver")),
    starter.ended,
  ]);
  expect(began).toBe(true);
  starter.killGroup();
  await starter.ended;
  const kinds = new Set((await leftovers()).map((line) => line.split(":")[0]));
  expect([...kinds].sort()).toEqual(["control group", "folder", "link", "namespaces", "process", "route"]);
  expect(await clusterIsUp()).toBe(false);
}

test(
  "a starter that was killed is followed by an `up` that works, and by a `down` that leaves nothing",
  async (context) => {
    await crash(context);
    await succeeded("cluster", "up");
    expect(await clusterIsUp()).toBe(true);
    await succeeded("cluster", "down");
    expect(await leftovers()).toEqual([]);
  },
  LIMIT,
);

test(
  "a starter that was killed is followed by a `down` that leaves nothing",
  async (context) => {
    await crash(context);
    await succeeded("cluster", "down");
    expect(await leftovers()).toEqual([]);
  },
  LIMIT,
);
