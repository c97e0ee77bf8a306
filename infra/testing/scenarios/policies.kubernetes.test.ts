// Connections exist because a reference does: who has none reaches no service, whatever name or address it knows.
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubernetesRig } from "../kubernetes-rig";
import { specOf, until, type Visitor } from "../rig";

const rig = kubernetesRig();
const TARGETS = [
  ["postgres", "sql"],
  ["postgres", "patroni"],
  ["pgbouncer", "sql"],
  ["redis", "redis"],
  ["minio", "api"],
] as const;
let stranger: Visitor;
let guest: Visitor;

beforeAll(async () => {
  stranger = await rig.visitor();
  guest = await rig.visitor("data", "app");
}, 120_000);

afterAll(() => Promise.all([stranger, guest].map((visitor) => visitor?.remove())));

const connects = async (visitor: Visitor, host: string, port: number) =>
  (await visitor.exec(["bash", "-c", `timeout 5 bash -c ': < /dev/tcp/${host}/${port}'`])).code === 0;

test.each(TARGETS)("%s, port %s, is reached by whom a policy allows and by nobody else", async (service, name) => {
  const port = specOf(rig, service).ports[name] as number;
  for (const { host } of rig.copies(service)) {
    await until(`${host}:${port} for the guest`, 30, () => connects(guest, host, port));
    expect(await connects(stranger, host, port)).toBe(false);
  }
});

test("a stranger resolves names, and has no other way out", async () => {
  expect((await stranger.exec(["getent", "hosts", rig.host("minio")])).code).toBe(0);
  expect((await stranger.exec(["getent", "hosts", "example.org"])).code).not.toBe(0);
});
