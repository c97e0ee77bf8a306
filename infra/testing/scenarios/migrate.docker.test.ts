// Migrations against the running platform, through Traefik and the pooler: two runs at once, runs that are killed, files that
// changed, the way back.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client, ClientConfig } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerRig } from "../docker-rig";
import { until } from "../rig";
import { groundwork, start } from "./cli";
import { whole } from "./cluster";
import { connected, migrations, withClient } from "./sql";

const rig = dockerRig();
const folder = mkdtempSync(join(tmpdir(), "groundwork-migrations-"));
let database: ClientConfig;
let client: Client;

const options = ["--stack", rig.environment.stack, "--dir", folder];
const migrate = (...args: readonly string[]) => groundwork("migrate", ...args, ...options);
const write = (name: string, sql: string) => writeFileSync(join(folder, name), sql);
const pair = (label: string, up: string, down: string) => {
  write(`${label}.sql`, up);
  write(`${label}.down.sql`, down);
};
const scalar = async (query: string) => Object.values((await client.query(query)).rows[0] ?? {})[0];
const states = async (): Promise<Record<string, string>> => {
  const { migrations } = JSON.parse((await migrate("status", "--json")).stdout);
  return Object.fromEntries(migrations.map(({ migration, state }: Record<string, string>) => [migration, state]));
};
/** A statement of a run of `migrate` that is at work and contains `text`. */
const atWork = (text: string) =>
  until(text, 30, async () => {
    const query = `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE application_name LIKE 'groundwork migrate%' AND state = 'active' AND query LIKE '%${text}%'`;
    return (await scalar(query)) === 1;
  });

beforeAll(async () => {
  await whole(rig);
  database = await migrations(rig);
  client = await connected(database);
  await client.query("DROP SCHEMA IF EXISTS groundwork_migrations CASCADE");
  pair("0001_create", "CREATE TABLE moved (id int PRIMARY KEY, body text);", "DROP TABLE moved;");
  pair("0002_fill", "INSERT INTO moved SELECT i, 'row ' || i FROM generate_series(1, 1000) i;", "TRUNCATE moved;");
  pair("0003_column", "ALTER TABLE moved ADD COLUMN extra int;", "ALTER TABLE moved DROP COLUMN extra;");
}, 150_000);

afterAll(async () => {
  await client.query("DROP SCHEMA IF EXISTS groundwork_migrations CASCADE; DROP TABLE IF EXISTS moved, half");
  await client.end();
  rmSync(folder, { recursive: true });
});

test("a dry run shows the SQL and changes nothing", async () => {
  const { code, stdout } = await migrate("--dry-run");
  expect([code, stdout]).toEqual([0, expect.stringContaining("CREATE TABLE moved (id int PRIMARY KEY, body text);")]);
  expect(await scalar("SELECT to_regclass('moved')")).toBe(null);
  expect(await states()).toEqual({ "0001_create": "pending", "0002_fill": "pending", "0003_column": "pending" });
});

test("two runs at once apply each migration once", async () => {
  const runs = await Promise.all([migrate("--json"), migrate("--json")]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  const done = runs.flatMap(({ stdout }) => JSON.parse(stdout).done.map(({ label }: { label: string }) => label));
  expect(done.sort()).toEqual(["0001_create", "0002_fill", "0003_column"]);
  expect(await scalar("SELECT count(*)::int FROM moved")).toBe(1000);
  expect(await scalar("SELECT count(*)::int FROM groundwork_migrations.log")).toBe(3);
});

test("tables of the API without row-level security are found", async () => {
  const unguarded = await groundwork("migrate", "check", "--json", "--stack", rig.environment.stack);
  const names = (json: string) => JSON.parse(json).unguarded.map(({ name }: { name: string }) => name);
  expect([unguarded.code, names(unguarded.stdout)]).toEqual([1, expect.arrayContaining(["public.moved"])]);
  await client.query("ALTER TABLE moved ENABLE ROW LEVEL SECURITY");
  const guarded = await groundwork("migrate", "check", "--json", "--stack", rig.environment.stack);
  expect(names(guarded.stdout)).not.toContain("public.moved");
});

test("a run that is killed in the midst leaves nothing half done, and the next one goes on", async () => {
  pair("0004_half", "CREATE TABLE half (id int);\nSELECT pg_sleep(120);", "DROP TABLE half;");
  const run = start("migrate", ...options);
  await atWork("pg_sleep(120)");
  run.killTree();
  await run.ended;
  expect(await scalar("SELECT to_regclass('half')")).toBe(null);
  expect((await states())["0004_half"]).toBe("pending");
  pair("0004_half", "CREATE TABLE half (id int);", "DROP TABLE half;");
  expect((await migrate()).code).toBe(0);
  expect(await scalar("SELECT to_regclass('half')::text")).toBe("half");
});

test("an index that was being built when the run was killed is built anew, and none is left invalid", async () => {
  const build = "CREATE INDEX CONCURRENTLY moved_body ON moved (body)";
  pair(
    "0005_index",
    `-- transaction: none\n${build};`,
    "-- transaction: none\nDROP INDEX CONCURRENTLY IF EXISTS moved_body;",
  );
  await withClient(database, async (writer) => {
    // An open write holds the build back.
    await writer.query("BEGIN; UPDATE moved SET body = 'other' WHERE id = 1");
    const run = start("migrate", ...options);
    await atWork("CREATE INDEX CONCURRENTLY");
    run.killTree();
    await run.ended;
    await until("the server has noticed", 60, async () => {
      const query =
        "SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE '%CREATE INDEX C%' AND state = 'active'";
      return (await scalar(`${query} AND pid <> pg_backend_pid()`)) === 0;
    });
    expect(await scalar("SELECT indisvalid FROM pg_index WHERE indexrelid = 'moved_body'::regclass")).toBe(false);
    expect((await states())["0005_index"]).toBe("applying");
    await writer.query("ROLLBACK");
  });
  const again = await migrate();
  expect([again.code, again.stderr]).toEqual([0, ""]);
  expect(await scalar("SELECT indisvalid FROM pg_index WHERE indexrelid = 'moved_body'::regclass")).toBe(true);
  expect((await states())["0005_index"]).toBe("applied");
});

test("a lock that others hold is waited for briefly, and told", async () => {
  pair(
    "0006_locked",
    "-- lock_timeout: 1 seconds\nALTER TABLE moved ADD COLUMN late int;",
    "ALTER TABLE moved DROP COLUMN late;",
  );
  await withClient(database, async (reader) => {
    await reader.query("BEGIN; SELECT count(*) FROM moved");
    const { code, stderr } = await migrate();
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("0006_locked.sql: waited 1 s for a lock that others hold"),
    ]);
    await reader.query("ROLLBACK");
  });
  expect((await migrate()).code).toBe(0);
});

test("what the server refuses is told with its line, and keeps what came before", async () => {
  pair("0007_wrong", "ALTER TABLE moved ADD COLUMN kept int;\n\nUPDATE moved SET missing = 1;", "SELECT 1;");
  const { code, stderr } = await migrate();
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('0007_wrong.sql:3: column "missing" of relation "moved"'),
  ]);
  const kept =
    "SELECT count(*)::int FROM information_schema.columns WHERE table_name = 'moved' AND column_name = 'kept'";
  expect(await scalar(kept)).toBe(0);
  for (const name of ["0007_wrong.sql", "0007_wrong.down.sql"]) rmSync(join(folder, name));
});

test("a file that changed after it was applied stops everything", async () => {
  const former = "ALTER TABLE moved ADD COLUMN extra int;";
  pair("0003_column", `${former} -- altered`, "ALTER TABLE moved DROP COLUMN extra;");
  const { code, stderr } = await migrate();
  expect([code, stderr]).toEqual([2, expect.stringContaining("0003_column.sql: was changed since it was applied at")]);
  pair("0003_column", former, "ALTER TABLE moved DROP COLUMN extra;");
  expect((await migrate()).code).toBe(0);
});

test("the way back needs a word of agreement, goes one step or as far as told, and can be gone again", async () => {
  expect((await migrate("--down")).code).toBe(2);
  expect((await states())["0006_locked"]).toBe("applied");
  expect((await migrate("--down", "--yes")).code).toBe(0);
  expect((await states())["0006_locked"]).toBe("pending");
  expect((await migrate("--down", "--to", "0", "--yes")).code).toBe(0);
  expect(await scalar("SELECT to_regclass('moved')")).toBe(null);
  expect((await migrate()).code).toBe(0);
  expect(await scalar("SELECT count(*)::int FROM moved")).toBe(1000);
});

test("nothing of a run stays behind in the pooler's connections", async () => {
  expect(await scalar("SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'")).toBe(0);
  for (const setting of ["lock_timeout", "statement_timeout"])
    expect([setting, await scalar(`SELECT current_setting('${setting}')`)]).toEqual([setting, "0"]);
});
