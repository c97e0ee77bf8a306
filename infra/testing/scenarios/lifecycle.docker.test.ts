// A stack over its life: up again changes nothing, killed and run again ends the same, another one stands beside it, and
// nothing is left in the end.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { dockerEngine, stackObjects } from "../../../ops/lib/docker";
import { ROOT } from "../../../tools/paths";
import { parseEnvironment } from "../../environment";
import { readFunctions } from "../../function-files";
import { plan } from "../../plan";
import { docker } from "../../platforms/docker/docker";
import { dockerRig, stackContainers } from "../docker-rig";
import { allReady, type Copy, until } from "../rig";
import { groundwork, start, succeeded } from "./cli";
import { ask, edgeAgent } from "./edge";
import { removeStackFile, writeStackFile } from "./stack-files";

const rig = dockerRig();
const { stack } = rig.environment;
const engine = dockerEngine();

/** What `status --json` promises. */
const STATUS = z.strictObject({
  stack: z.string(),
  platform: z.enum(["docker", "kubernetes"]),
  omitted: z.array(z.strictObject({ service: z.string(), reason: z.string() })),
  services: z.array(
    z.strictObject({
      name: z.string(),
      state: z.string(),
      copies: z.strictObject({ wanted: z.int(), ready: z.int() }),
      endpoints: z.array(z.strictObject({ name: z.string(), url: z.string() })),
    }),
  ),
});

const statusOf = async (name: string) => STATUS.parse(JSON.parse(await succeeded("status", "-s", name, "--json")));
/** `status` fails unless all is well. */
const isWell = async (name: string) => (await groundwork("status", "-s", name)).code === 0;

/** Every container with what changes when it is replaced or restarted. */
const lives = async (name: string) =>
  (await stackContainers(name)).map(({ Name, Id, State }) => `${Name} ${Id} ${State.StartedAt}`).sort();

describe("a stack that is up", () => {
  test("is reported healthy from the running platform", async () => {
    const { services, omitted, ...rest } = await statusOf(stack);
    expect(rest).toEqual({ stack, platform: "docker" });
    expect(omitted).toContainEqual({ service: "auth", reason: expect.stringContaining("no package carries") });
    expect(services.map(({ name, state, copies }) => ({ name, state, copies }))).toEqual(
      rig.services.map(({ name, shape, copies }) => ({
        name,
        state: shape === "job" ? "done" : "healthy",
        copies: { wanted: copies, ready: copies },
      })),
    );
    const urls = services.flatMap(({ endpoints }) => endpoints.map(({ url }) => url));
    expect(urls).toContain(`https://storage.${rig.environment.domain}:${rig.environment.publish.https}`);
  });

  test("is reported degraded when a copy is down", async () => {
    const [copy] = rig.copies("minio") as [Copy];
    await copy.stop();
    try {
      const { code, stdout } = await groundwork("status", "-s", stack, "--json");
      const minio = STATUS.parse(JSON.parse(stdout)).services.find(({ name }) => name === "minio");
      expect([code, minio?.state, minio?.copies.ready]).toEqual([1, "degraded", rig.copies("minio").length - 1]);
    } finally {
      await copy.start();
      await allReady(rig, ["minio"]);
    }
  }, 120_000);

  test("is not changed by another `up`", async () => {
    const before = await lives(stack);
    const { changes } = JSON.parse(await succeeded("up", "-s", stack, "--json"));
    expect(Object.keys(changes)).toEqual(["same"]);
    expect(await lives(stack)).toEqual(before);
  }, 120_000);

  test("is previewed without changes", async () => {
    const { code, stdout } = await groundwork("preview", "-s", stack, "--expect-no-changes", "--json");
    expect([code, JSON.parse(stdout).steps]).toEqual([0, []]);
  }, 120_000);
});

describe("a second stack", () => {
  const beside = "beside";
  const values = {
    platform: "docker",
    domain: "beside.localhost",
    protect: false,
    publish: { http: 19080, https: 19443, postgres: 15532, postgresReplicas: 15533 },
    // Nobody has an address of this range, which is kept for documents.
    admin: { allow: ["198.51.100.0/24"] },
  };
  const second = { environment: parseEnvironment(beside, values) };
  const expected = plan(second.environment, docker, (name) => name, readFunctions(ROOT, second.environment.functions))
    .services.map(({ name }) => `groundwork-${beside}-${name}-0`)
    .sort();
  const containers = async () => (await stackObjects(engine, beside)).containers.length;

  beforeAll(async () => {
    writeStackFile(beside, values);
    await succeeded("down", "-s", beside, "--yes", "--forget");
  }, 120_000);

  afterAll(async () => {
    await groundwork("down", "-s", beside, "--yes", "--forget");
    removeStackFile(beside);
  }, 180_000);

  test("ends in the same platform however often `up` is killed", async () => {
    // One point in the first third of the way, one in the second, one in the last.
    const points = [0, 1, 2].map((third) => 1 + Math.floor((expected.length / 3) * (third + Math.random())));
    for (const [i, point] of points.entries()) {
      const run = start("up", "-s", beside, "--json");
      const started = performance.now();
      await until(`${point} containers`, 180, async () => (await containers()) >= point);
      const how = i === 1 ? "killGroup" : "killTree";
      run[how]();
      await run.ended;
      console.log(
        `lifecycle: up killed with ${point} of ${expected.length} containers, after ${Math.round((performance.now() - started) / 1000)} s`,
      );
    }
    const { recovered, seconds } = JSON.parse(await succeeded("up", "-s", beside, "--json"));
    console.log(`lifecycle: up after three kills in ${seconds} s; ${recovered.join("; ") || "nothing to recover"}`);
    expect(await isWell(beside)).toBe(true);
    const found = (await stackObjects(engine, beside)).containers.map(({ name }) => name);
    expect(found).toEqual(expected);
    await succeeded("preview", "-s", beside, "--expect-no-changes");
  }, 600_000);

  test("stands beside the first, which does not notice", async () => {
    expect(await isWell(stack)).toBe(true);
    expect((await ask(second, await besideAgent(), "storage", "/")).status).toBe(403);
    expect((await ask(rig, await edgeAgent(rig), "storage", "/")).status).toBe(403);
  });

  test("opens its admin routes to the addresses on its list, and to no other", async () => {
    const agent = await besideAgent();
    expect((await ask(second, agent, "minio", "/")).status).toBe(403);
    expect((await ask(second, agent, "traefik", "/api/overview")).status).toBe(403);
    // Requests from this machine arrive from the gateway of the edge network.
    const { IPAM } = await engine.getNetwork(`groundwork-${beside}-edge`).inspect();
    writeStackFile(beside, { ...values, admin: { allow: [`${IPAM?.Config?.[0]?.Gateway}/32`] } });
    const { changes } = JSON.parse(await succeeded("up", "-s", beside, "--json"));
    expect(changes.replace).toBe(1);
    expect((await ask(second, agent, "traefik", "/api/overview")).status).toBe(200);
    expect((await ask(second, agent, "minio", "/")).status).toBe(200);
  }, 240_000);

  test("leaves no container, network or volume when it is taken down", async () => {
    await succeeded("down", "-s", beside, "--yes", "--forget");
    expect(await stackObjects(engine, beside)).toEqual({ containers: [], networks: [], volumes: [] });
    expect(await isWell(stack)).toBe(true);
  }, 180_000);

  const besideAgent = async () => edgeAgent(rig, { ca: await succeeded("secret", "authority", "-s", beside) });
});
