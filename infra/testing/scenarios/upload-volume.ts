// What a user may upload in a day, as Storage meets it: a trigger on the table in which it writes down every file.
import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bytes } from "../../lib/units";
import type { Copy, Rig } from "../rig";
import { whole } from "./cluster";
import { sessions } from "./sessions";
import { asSuperuser } from "./sql";

/** Every scenario of the daily volume of uploads. */
export function uploadVolumeScenarios(rig: Rig): void {
  const dailyUpload = bytes(rig.environment.storage.dailyUpload);
  const clients = sessions(rig);
  let leader: Copy;
  let storage: Client;
  let owner: string;
  beforeAll(async () => {
    leader = await whole(rig);
    storage = await clients.open("supabase_storage_admin");
    const there = await asSuperuser(leader, "SELECT to_regclass('storage.objects') IS NOT NULL");
    if (there === "t") return;
    // As Storage's migrations leave its table; it is counted because it bears that name.
    await storage.query(`CREATE TABLE storage.objects (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), bucket_id text, name text, owner uuid, owner_id text,
      version text, metadata jsonb, user_metadata jsonb, UNIQUE (bucket_id, name))`);
    await storage.query("COMMENT ON TABLE storage.objects IS 'of a scenario'");
  }, 150_000);
  beforeEach(() => {
    owner = randomUUID();
  });
  afterAll(async () => {
    const made = await asSuperuser(leader, "SELECT obj_description('storage.objects'::regclass) = 'of a scenario'");
    if (made === "t") await storage.query("DROP TABLE storage.objects");
    else await storage.query("DELETE FROM storage.objects WHERE bucket_id = 'scenario'");
    await clients.end();
  });

  /** As Storage writes down a finished upload. */
  const upload = (
    size: number,
    { name = randomUUID() as string, who = owner as string | null, client = storage } = {},
  ) =>
    client.query(
      `INSERT INTO storage.objects (bucket_id, name, owner_id, version, metadata)
       VALUES ('scenario', $1, $2, gen_random_uuid(), jsonb_build_object('size', $3::bigint, 'eTag', gen_random_uuid()))
       ON CONFLICT (bucket_id, name) DO UPDATE SET (owner_id, version, metadata) = (excluded.owner_id, excluded.version, excluded.metadata)`,
      [name, who, size],
    );
  const counted = async () =>
    Number(await asSuperuser(leader, `SELECT coalesce(max(bytes), 0) FROM limits.uploads WHERE person = '${owner}'`));
  const TOO_MUCH = { code: "42501", message: expect.stringContaining("uploaded in one day") };

  test("uploads are counted to the byte, and refused beyond the stack's value", async () => {
    await upload(dailyUpload - 10);
    await expect(upload(11)).rejects.toMatchObject(TOO_MUCH);
    await upload(10);
    await expect(upload(1)).rejects.toMatchObject(TOO_MUCH);
    expect(await counted()).toBe(dailyUpload);
    await upload(1, { who: randomUUID() });
  });

  test("uploads are refused before they are sent, by the size that they announce, and asking costs nothing", async () => {
    await upload(dailyUpload - 10);
    const may = async (announced: number | undefined) => {
      await storage.query("BEGIN");
      try {
        await storage.query(
          "INSERT INTO storage.objects (bucket_id, name, owner_id, version, metadata) VALUES ('scenario', 'asked', $1, '1', $2)",
          [owner, JSON.stringify({ mimetype: "text/plain", contentLength: announced })],
        );
      } finally {
        await storage.query("ROLLBACK");
      }
    };
    await may(10);
    await expect(may(11)).rejects.toMatchObject(TOO_MUCH);
    await may(undefined);
    await upload(10);
    await expect(may(undefined)).rejects.toMatchObject(TOO_MUCH);
  });

  test("uploads count what replaces a file, and not what moves or describes one", async () => {
    await upload(100, { name: `${owner}/a` });
    await upload(50, { name: `${owner}/a` });
    await storage.query("UPDATE storage.objects SET name = $1, version = gen_random_uuid() WHERE name = $2", [
      `${owner}/b`,
      `${owner}/a`,
    ]);
    await storage.query("UPDATE storage.objects SET user_metadata = '{}' WHERE name = $1", [`${owner}/b`]);
    expect(await counted()).toBe(150);
  });

  test("uploads begin anew on the next day", async () => {
    await upload(dailyUpload);
    await asSuperuser(leader, `UPDATE limits.uploads SET day = day - 1 WHERE person = '${owner}'`);
    await upload(7);
    expect(await counted()).toBe(7);
  });

  test("uploads count at the same time as well as one after the other", async () => {
    const several = await Promise.all([1, 2, 3, 4].map(() => clients.open("supabase_storage_admin")));
    const third = Math.floor(dailyUpload / 3);
    const results = await Promise.allSettled(several.map((client) => upload(third, { client })));
    expect(results.filter(({ status }) => status === "fulfilled").length).toBe(3);
    expect(await counted()).toBe(3 * third);
  });

  test("uploads of servers, which have no user, count for nobody", async () => {
    await upload(dailyUpload + 1, { who: null });
    expect(await counted()).toBe(0);
  });
}
