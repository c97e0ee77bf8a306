// The lockout that the database holds, as Auth meets it: a function that it asks at every attempt of a password.
import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bytes, seconds } from "../../lib/units";
import { type Copy, output, type Rig } from "../rig";
import { whole } from "./cluster";
import { sessions } from "./sessions";
import { asSuperuser } from "./sql";

/** Every scenario of the lockout after failed sign-ins. */
export function lockoutScenarios(rig: Rig): void {
  const { lockout } = rig.environment.auth;
  const clients = sessions(rig);
  let leader: Copy;

  beforeAll(async () => {
    leader = await whole(rig);
  }, 150_000);
  afterAll(() => clients.end());

  test("the stack's values are the database's", async () => {
    const rules = await asSuperuser(
      leader,
      "SELECT failures, extract(epoch FROM failure_window)::int, extract(epoch FROM lockout)::int, upload_bytes FROM limits.rules",
    );
    expect(rules.split("|").map(Number)).toEqual([
      lockout.failures,
      seconds(lockout.window),
      seconds(lockout.duration),
      bytes(rig.environment.storage.dailyUpload),
    ]);
  });

  let auth: Client;
  let person: string;
  beforeAll(async () => {
    auth = await clients.open("supabase_auth_admin");
  });
  beforeEach(() => {
    person = randomUUID();
  });

  const attempt = async (valid: boolean, client = auth, who = person) => {
    const event = JSON.stringify({ user_id: who, valid });
    const { rows } = await client.query('SELECT "limits"."password_attempt"($1) AS answer', [event]);
    return rows[0].answer as { decision: string; message?: string };
  };
  const decisions = async (...attempts: readonly boolean[]) => {
    const found: string[] = [];
    for (const valid of attempts) found.push((await attempt(valid)).decision);
    return found;
  };
  const times = (count: number, valid = false) => Array.from({ length: count }, () => valid);
  /** As if everything known of the person had happened earlier. */
  const age = (by: string) =>
    asSuperuser(
      leader,
      `UPDATE limits.sign_ins SET failures = ARRAY(SELECT f - interval '${by}' FROM unnest(failures) f),
         locked_until = locked_until - interval '${by}', expires = expires - interval '${by}' WHERE person = '${person}'`,
    );

  test("failed sign-ins lock a person out, the right password included, and nobody else", async () => {
    expect(await decisions(...times(lockout.failures), true, false)).toEqual([
      ...times(lockout.failures - 1).map(() => "continue"),
      "reject",
      "reject",
      "reject",
    ]);
    expect((await attempt(true)).message).toMatch(/^Too many failed attempts\. Try again in \d+ min\.$/);
    expect((await attempt(true, auth, randomUUID())).decision).toBe("continue");
  });

  test("failed sign-ins are forgotten after a success", async () => {
    const almost = times(lockout.failures - 1);
    expect(new Set(await decisions(...almost, true, ...almost))).toEqual(new Set(["continue"]));
    expect(
      await asSuperuser(leader, `SELECT cardinality(failures) FROM limits.sign_ins WHERE person = '${person}'`),
    ).toBe(String(lockout.failures - 1));
  });

  test("failed sign-ins count within the window alone", async () => {
    await decisions(...times(lockout.failures - 1));
    await age(lockout.window);
    expect(await decisions(...times(lockout.failures))).toEqual([
      ...times(lockout.failures - 1).map(() => "continue"),
      "reject",
    ]);
  });

  test("failed sign-ins end their lockout in time, which attempts meanwhile do not prolong", async () => {
    await decisions(...times(lockout.failures + 3));
    await age(lockout.duration);
    expect(await decisions(false, true)).toEqual(["continue", "continue"]);
  });

  test("failed sign-ins all count when they come at the same time", async () => {
    const several = await Promise.all(times(lockout.failures).map(() => clients.open("supabase_auth_admin")));
    const answers = await Promise.all(several.map((client) => attempt(false, client)));
    expect(answers.map(({ decision }) => decision).sort()).toEqual([
      ...times(lockout.failures - 1).map(() => "continue"),
      "reject",
    ]);
  });

  test("an attempt that says not whose it is, or how it went, lets nobody in", async () => {
    await expect(auth.query("SELECT limits.password_attempt('{\"valid\": true}')")).rejects.toThrow(/null/);
    const silent = JSON.stringify({ user_id: person });
    for (let i = 0; i < lockout.failures; i++) await auth.query("SELECT limits.password_attempt($1)", [silent]);
    expect((await attempt(true)).decision).toBe("reject");
  });

  test("on-call unlocks a person from the dashboard", async () => {
    await decisions(...times(lockout.failures));
    const dashboard = await clients.open("dashboard_user");
    const unlock = async () => (await dashboard.query("SELECT limits.unlock($1) AS was", [person])).rows[0].was;
    expect([await unlock(), await unlock()]).toEqual([true, false]);
    expect((await attempt(true)).decision).toBe("continue");
  });

  test("failed sign-ins leave no rows of those who never come back", async () => {
    await attempt(false);
    await age("1 day");
    await attempt(false, auth, randomUUID());
    expect(await asSuperuser(leader, `SELECT count(*) FROM limits.sign_ins WHERE person = '${person}'`)).toBe("0");
  });

  test.each(["app", "migrator", "authenticator", "supabase_storage_admin", "supabase_functions_admin"] as const)(
    "%s neither counts nor unlocks anybody, nor reads who failed",
    async (login) => {
      const client = await clients.open(login);
      for (const statement of [
        `SELECT limits.password_attempt('{"user_id": "${person}", "valid": true}')`,
        `SELECT limits.unlock('${person}')`,
        "SELECT limits.set_rules('{}')",
        "SELECT * FROM limits.sign_ins",
        "SELECT * FROM limits.uploads",
        "UPDATE limits.rules SET failures = 100",
      ])
        await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
    },
  );

  test("Auth itself changes neither counts nor rules", async () => {
    for (const statement of ["DELETE FROM limits.sign_ins", "UPDATE limits.rules SET failures = 100"])
      await expect(auth.query(statement)).rejects.toMatchObject({ code: "42501" });
  });

  test("the bootstrap, repeated, keeps values and counts", async () => {
    const all =
      "SELECT md5((SELECT r::text FROM limits.rules r) || coalesce((SELECT string_agg(s::text, ',' ORDER BY person) FROM limits.sign_ins s), ''))";
    const before = await asSuperuser(leader, all);
    await asSuperuser(leader, "DELETE FROM groundwork.bootstrap WHERE step IN ('70-limits', '71-upload-volume')");
    await output(leader, ["bootstrap-database"]);
    expect(await asSuperuser(leader, all)).toBe(before);
  }, 60_000);
}
