// Postgres as its clients meet it: one address to write to, one to read from, TLS 1.3 and passwords at both.
import { randomUUID } from "node:crypto";
import type { ClientConfig } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { POSTGRES_LOGINS } from "../../catalogue/postgres-setup";
import { type Rig, until } from "../rig";
import { primary, whole } from "./cluster";
import { application, asSuperuser, connected, migrations, withClient } from "./sql";

/** What clients of Postgres may count on, of the stack of `rig`. */
export function postgresScenarios(rig: Rig): void {
  const table = "postgres_scenario";
  let toPrimary: ClientConfig;
  let toReplicas: ClientConfig;

  beforeAll(async () => {
    await whole(rig);
    [toPrimary, toReplicas] = [await application(rig), await application(rig, "replicas")];
    await withClient(await migrations(rig), (client) =>
      client.query(`CREATE TABLE IF NOT EXISTS ${table} (id uuid PRIMARY KEY)`),
    );
  }, 150_000);

  afterAll(async () => {
    await withClient(await migrations(rig), (client) => client.query(`DROP TABLE ${table}`));
  });

  // A service of a cluster knows no second choice: with two members, it leads reads to both.
  const { platform, postgres } = rig.environment;
  const replicasAlone = platform === "docker" || postgres.members > 2;

  test("a row written through the pooler is read on a replica", async () => {
    const id = randomUUID();
    await withClient(toPrimary, (client) => client.query(`INSERT INTO ${table} VALUES ($1)`, [id]));
    await withClient(toReplicas, async (client) => {
      const row = await until("the row", 5, async () => {
        const { rows } = await client.query(`SELECT id, pg_is_in_recovery() AS replica FROM ${table} WHERE id = $1`, [
          id,
        ]);
        return rows[0];
      });
      expect(row).toEqual({ id, replica: replicasAlone ? true : expect.any(Boolean) });
    });
  });

  if (replicasAlone)
    test("a replica refuses to write", async () => {
      await withClient(toReplicas, async (client) => {
        await expect(client.query(`INSERT INTO ${table} VALUES ($1)`, [randomUUID()])).rejects.toMatchObject({
          code: "25006",
        });
      });
    });

  test("prepared statements work while clients share server connections", async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => connected(toPrimary)));
    try {
      // The same name with different texts, interleaved: a pooler that does not keep them apart mixes them up.
      const answers = await Promise.all(
        Array.from({ length: 25 }).flatMap((_, round) =>
          clients.map(async (client, i) => {
            const { rows } = await client.query({
              name: "shared-name",
              text: `SELECT $1::int + ${i} AS sum`,
              values: [round],
            });
            return rows[0].sum === round + i;
          }),
        ),
      );
      expect(answers.filter(Boolean)).toHaveLength(200);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  test.each([
    ["without TLS", { ssl: false }, /./],
    ["with TLS 1.2", { ssl: { maxVersion: "TLSv1.2" } }, /protocol version|disconnected|ECONNRESET/i],
    ["with a wrong password", { password: "wrong" }, /password authentication failed|SASL authentication failed/],
    ["as somebody unknown", { user: "nobody" }, /authentication failed|no such user/i],
  ] as const)("a client %s is refused", async (_, change, reason) => {
    for (const config of [toPrimary, toReplicas]) {
      const ssl = "ssl" in change ? change.ssl && { ...(config.ssl as object), ...change.ssl } : config.ssl;
      await expect(connected({ ...config, ...change, ssl } as ClientConfig)).rejects.toThrow(reason);
    }
  });

  test.each([
    ["does not know our CA", { ca: undefined }, /self.signed|unable to (get|verify)/i],
    ["expects another name", { servername: "db.example.org" }, /./],
  ])("a client that %s does not connect", async (_, change, reason) => {
    await expect(connected({ ...toPrimary, ssl: { ...(toPrimary.ssl as object), ...change } })).rejects.toThrow(reason);
  });

  test("every password is kept as SCRAM", async () => {
    const leader = await primary(rig);
    const logins = await asSuperuser(
      leader,
      "SELECT rolname, rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolcanlogin ORDER BY rolname",
    );
    const expected = [...Object.keys(POSTGRES_LOGINS), "postgres", "replicator", "rewind"].map((role) => `${role}|t`);
    // The one that signs in by certificate has none.
    expect(logins.split("\n").sort()).toEqual([...expected, "postgres-setup|"].sort());
  });

  test("only the superuser has the rights of one", async () => {
    const leader = await primary(rig);
    expect(await asSuperuser(leader, "SELECT rolname FROM pg_roles WHERE rolsuper")).toBe("postgres");
  });

  test.each([
    ["wal_level", "logical"],
    ["data_checksums", "on"],
    ["ssl_min_protocol_version", "TLSv1.3"],
    ["password_encryption", "scram-sha-256"],
  ])("%s is %s on every member", async (setting, value) => {
    for (const member of rig.copies("postgres")) expect(await asSuperuser(member, `SHOW ${setting}`)).toBe(value);
  });

  test.each([
    ["postgis", "SELECT ST_AsText(ST_Centroid(ST_MakeEnvelope(0, 0, 2, 2)))", "POINT(1 1)"],
    ["vector", "SELECT '[1,2,3]'::vector <-> '[1,2,5]'::vector", "2"],
    ["pgcrypto", "SELECT pgp_sym_decrypt(pgp_sym_encrypt('kept', 'k'), 'k')", "kept"],
    ["uuid-ossp", "SELECT uuid_generate_v5(uuid_ns_dns(), 'example.org')", "aad03681-8b63-5304-89e0-8ca8f49461b5"],
    ["pg_stat_statements", "SELECT count(*) > 0 FROM pg_stat_statements", "t"],
    ["pgaudit", "SELECT current_setting('pgaudit.log') <> ''", "t"],
  ])("extension %s is installed and works", async (extension, statement, answer) => {
    const leader = await primary(rig);
    expect(await asSuperuser(leader, `SELECT count(*) FROM pg_extension WHERE extname = '${extension}'`)).toBe("1");
    // Extensions may live in a schema of their own.
    const path =
      "(SELECT string_agg(DISTINCT quote_ident(nspname), ',') FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace)";
    const found = await asSuperuser(
      leader,
      `SELECT set_config('search_path', 'public,' || ${path}, false); ${statement}`,
    );
    expect(found.split("\n").at(-1)).toBe(answer);
  });

  test("extension pg_cron runs a job", async () => {
    const leader = await primary(rig);
    await asSuperuser(leader, "SELECT cron.schedule('scenario', '1 seconds', 'SELECT 1')");
    try {
      const ran =
        "SELECT count(*) FROM cron.job_run_details JOIN cron.job USING (jobid) WHERE jobname = 'scenario' AND status = 'succeeded'";
      await until("a job that ran", 30, async () => Number(await asSuperuser(leader, ran)) > 0);
    } finally {
      await asSuperuser(leader, "SELECT cron.unschedule('scenario')");
    }
  }, 60_000);
}
