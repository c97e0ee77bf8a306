// Wrong stack values: every problem at once, and nothing is changed.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerEngine } from "../../../ops/lib/docker";
import { PRIVATE } from "../../../tools/paths";
import { groundwork } from "./cli";
import { removeStackFile, writeStackFile } from "./stack-files";

const stack = "wrong";
const engine = dockerEngine();

beforeAll(() =>
  writeStackFile(stack, {
    platform: "podman",
    protect: "yes",
    publish: { address: "localhost", https: 70_000 },
    postgres: { members: 2.5, storage: "10GB" },
    postgress: { members: 3 },
    etcd: { members: 4 },
    minio: { nodes: 4, parity: 4 },
    admin: { allow: ["10.0.0.0"] },
  }),
);

afterAll(() => removeStackFile(stack));

/** Everything that a run could have made. */
async function world(): Promise<unknown> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    engine.listContainers({ all: true }),
    engine.listNetworks(),
    engine.listVolumes(),
  ]);
  const state = readdirSync(join(PRIVATE, "state"), { recursive: true }).filter((name) => String(name).includes(stack));
  return {
    containers: containers.map(({ Id }) => Id).sort(),
    networks: networks.map(({ Id }) => Id).sort(),
    volumes: (volumes ?? []).map(({ Name }) => Name).sort(),
    state,
  };
}

test.each(["up", "preview", "down"])("`%s` names every problem and changes nothing", async (verb) => {
  const before = await world();
  const { code, stdout, stderr } = await groundwork(verb, "-s", stack);
  expect([code, stdout]).toEqual([2, ""]);
  const problems = [...stderr.matchAll(/^stacks\/Pulumi\.wrong\.yaml: ([\w./]+): (?:(?!\n).)+\n {2}hint: \S/gm)];
  expect(problems.map(([, path]) => path).sort()).toEqual([
    "admin/allow/0",
    "domain",
    "etcd/members",
    "minio/parity",
    "platform",
    "postgres/members",
    "postgres/storage",
    "postgress",
    "protect",
    "publish/address",
    "publish/https",
  ]);
  expect(await world()).toEqual(before);
});
