// Redis: data outlives the server, and nobody gets in without TLS and the password.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allReady, type Copy, type Executed, type Rig, until } from "../rig";
import { type Asking, askServer, redisPrimary } from "./redis-servers";

/** What clients of Redis may count on. */
export function redisScenarios(rig: Rig): void {
  const key = "scenario";
  /** The primary, who alone takes writes. */
  let server: Copy;

  const ask = (command: readonly string[], asking?: Asking): Promise<Executed> =>
    askServer(rig, server, command, asking);
  const said = ({ stdout, stderr }: Executed) => `${stdout}${stderr}`;

  beforeAll(async () => {
    await allReady(rig, ["redis"]);
    server = await redisPrimary(rig);
  }, 120_000);

  afterAll(() => ask(["DEL", key]));

  test.each(["stop", "kill"] as const)(
    "data survives when the server is started again after a %s",
    async (end) => {
      const value = randomUUID();
      expect((await ask(["SET", key, value])).stdout.trim()).toBe("OK");
      await server[end]();
      await server.start();
      await allReady(rig, ["redis"]);
      // Another one, where there are several.
      server = await redisPrimary(rig);
      expect((await ask(["GET", key])).stdout.trim()).toBe(value);
    },
    180_000,
  );

  test("a cache's entries end with their time", async () => {
    await ask(["SET", key, "cached", "PX", "300"]);
    await until("the end of an entry", 10, async () => (await ask(["EXISTS", key])).stdout.trim() === "0");
  });

  test("sessions outlive a restart, with what is left of their time, and are never forgotten for want of room", async () => {
    await ask(["SET", key, "signed in", "EX", "3600"]);
    await server.kill();
    await server.start();
    await allReady(rig, ["redis"]);
    server = await redisPrimary(rig);
    const left = Number((await ask(["TTL", key])).stdout);
    expect([(await ask(["GET", key])).stdout.trim(), left > 3000 && left <= 3600]).toEqual(["signed in", true]);
    expect((await ask(["INFO", "memory"])).stdout).toContain("maxmemory_policy:noeviction");
  }, 180_000);

  test("a queue's job goes to one worker, and to another when that one is lost", async () => {
    await ask(["DEL", key]);
    await ask(["XGROUP", "CREATE", key, "workers", "0", "MKSTREAM"]);
    await ask(["XADD", key, "*", "job", "mail"]);
    const read = async (worker: string) =>
      (await ask(["XREADGROUP", "GROUP", "workers", worker, "STREAMS", key, ">"])).stdout;
    expect([await read("first"), await read("second")]).toEqual([expect.stringContaining("mail"), "\n"]);
    const taken = await ask(["XAUTOCLAIM", key, "workers", "second", "0", "0"]);
    expect(taken.stdout).toContain("mail");
  });

  test("no password is refused", async () => {
    const answer = await ask(["GET", key], { given: "" });
    expect([answer.code, said(answer)]).toEqual([1, expect.stringContaining("NOAUTH")]);
  });

  test("a wrong password is refused", async () => {
    const answer = await ask(["GET", key], { given: "wrong" });
    expect(said(answer)).toContain("WRONGPASS");
    expect(answer.code).not.toBe(0);
  });

  test("plain TCP is refused", async () => {
    const answer = await ask(["PING"], { tls: [] });
    expect(answer.code).not.toBe(0);
    expect(said(answer)).not.toContain("PONG");
  });

  test("a client that does not know our CA does not connect", async () => {
    const answer = await ask(["PING"], { tls: ["--tls"] });
    expect([answer.code, said(answer)]).toEqual([1, expect.stringMatching(/certificate verify failed/i)]);
  });

  test.each([
    ["CONFIG", "GET", "*"],
    ["SHUTDOWN", "NOSAVE"],
    ["ACL", "SETUSER", "x"],
    ["REPLICAOF", "example.org", "1"],
  ])("clients may not administrate: %s", async (...command) => {
    expect(said(await ask(command))).toContain("NOPERM");
  });
}
