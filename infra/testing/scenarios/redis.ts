// Redis: data outlives the server, and nobody gets in without TLS and the password.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { certificate } from "../../catalogue/spec";
import { allReady, type Copy, deliveredAt, type Executed, type Rig, specOf } from "../rig";

/** What clients of Redis may count on. */
export function redisScenarios(rig: Rig): void {
  const [server] = rig.copies("redis") as [Copy];
  const { ports } = specOf(rig, "redis");
  const key = "scenario";
  let password: string;

  const TLS = ["--tls", "--cacert", deliveredAt(rig, "redis", certificate("authority", "certificate"))];

  interface Asking {
    readonly tls?: readonly string[];
    /** Empty to give none. */
    readonly given?: string;
  }

  /** valkey-cli beside the server, by a name that its certificate holds for; `-e` makes an error an exit code. */
  function ask(command: readonly string[], { tls = TLS, given = password }: Asking = {}): Promise<Executed> {
    return server.exec(["valkey-cli", "-e", ...tls, "-h", "localhost", "-p", String(ports.redis), ...command], {
      env: given === "" ? {} : { REDISCLI_AUTH: given },
    });
  }

  const said = ({ stdout, stderr }: Executed) => `${stdout}${stderr}`;

  beforeAll(async () => {
    await allReady(rig, ["redis"]);
    password = await rig.secret("redis");
  });

  afterAll(() => ask(["DEL", key]));

  test.each(["stop", "kill"] as const)(
    "data survives when the server is started again after a %s",
    async (end) => {
      const value = randomUUID();
      expect((await ask(["SET", key, value])).stdout.trim()).toBe("OK");
      await server[end]();
      await server.start();
      await allReady(rig, ["redis"]);
      expect((await ask(["GET", key])).stdout.trim()).toBe(value);
    },
    120_000,
  );

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
