// What Supabase's services meet in the database: logins with exactly their rights, schemas that each owner can migrate,
// row-level security by token, and a bootstrap that never touches what they made.
// Long because every right of every role is asked for in one place.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ClientConfig } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../../tools/paths";
import { POSTGRES_LOGINS } from "../../catalogue/postgres-setup";
import { certificate } from "../../catalogue/spec";
import { dockerRig } from "../docker-rig";
import { type Copy, deliveredAt, output, specOf, until } from "../rig";
import { whole } from "./cluster";
import { application, asSuperuser, withClient } from "./sql";

type Login = keyof typeof POSTGRES_LOGINS;

const rig = dockerRig();
const logins = Object.keys(POSTGRES_LOGINS) as Login[];
const pooled = logins.filter((login) => login !== "supabase_admin" && login !== "pgbouncer");
const table = "supabase_scenario";
const steps = readdirSync(join(ROOT, "images/postgres/bootstrap/postgres"));
let leader: Copy;

beforeAll(async () => {
  leader = await whole(rig);
  await as("migrator", (query) => query(`DROP TABLE IF EXISTS ${table}`));
}, 150_000);

afterAll(async () => {
  await as("migrator", (query) => query(`DROP TABLE IF EXISTS ${table}`));
  await asSuperuser(leader, "DROP FUNCTION IF EXISTS auth.scenario_uid()");
});

type Query = (statement: string) => Promise<readonly Record<string, unknown>[]>;

/** Works with a client that has signed in as `login` through the pooler. */
async function as<T>(login: Login, work: (query: Query) => Promise<T>): Promise<T> {
  const config: ClientConfig = {
    ...(await application(rig)),
    user: login,
    password: await rig.secret(POSTGRES_LOGINS[login]),
  };
  return withClient(config, (client) => work(async (statement) => (await client.query(statement)).rows));
}

/** What statements print for a login that connects to the primary itself, with verified TLS; each is its own transaction. */
async function direct(login: string, password: string, statements: string, database = "postgres"): Promise<string> {
  const { primary: port } = specOf(rig, "haproxy").ports;
  const authority = deliveredAt(rig, "postgres", certificate("authority", "certificate"));
  const target = `host=haproxy port=${port} user=${login} dbname=${database} sslmode=verify-full sslrootcert=${authority}`;
  const quiet = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"];
  return output(leader, ["psql", ...quiet, target], { env: { PGPASSWORD: password }, input: statements });
}

/** Runs statements as the role of a request, as PostgREST does: a transaction with that role and its claims. */
function asRequest(role: string, claims: object, statement: string): Promise<readonly Record<string, unknown>[]> {
  return as("authenticator", async (query) => {
    await query("BEGIN");
    try {
      await query(
        `SELECT set_config('role', '${role}', true), set_config('request.jwt.claims', '${JSON.stringify(claims)}', true)`,
      );
      return await query(statement);
    } finally {
      await query("ROLLBACK");
    }
  });
}

test.each(logins)("%s signs in to the primary with its secret, over TLS", async (login) => {
  const secret = await rig.secret(POSTGRES_LOGINS[login]);
  const statement = "SELECT current_user, ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
  expect(await direct(login, secret, statement)).toBe(`${login}|t|TLSv1.3`);
  await expect(direct(login, `${secret}x`, statement)).rejects.toThrow(/password authentication failed/);
});

test.each(pooled)("%s signs in through the pooler", async (login) => {
  expect(await as(login, (query) => query("SELECT current_user::text AS login"))).toEqual([{ login }]);
});

test("what replicates does not get through the pooler", async () => {
  await expect(as("supabase_admin", (query) => query("SELECT 1"))).rejects.toThrow(/no such user/);
});

test("every role has exactly its attributes", async () => {
  const rows = await asSuperuser(
    leader,
    `SELECT rolname, concat_ws(' ', CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolsuper THEN 'superuser' END,
       CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END,
       CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypassrls' END)
     FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'`,
  );
  expect(Object.fromEntries(rows.split("\n").map((row) => row.split("|")))).toEqual({
    postgres: "login superuser createrole createdb replication bypassrls",
    replicator: "login replication",
    rewind: "login",
    "postgres-setup": "login createrole",
    anon: "",
    authenticated: "",
    service_role: "bypassrls",
    supabase_realtime_admin: "",
    limits: "",
    ...Object.fromEntries(logins.map((login) => [login, "login"])),
    supabase_admin: "login replication",
    dashboard_user: "login bypassrls",
  });
});

test("every role is a member of exactly these", async () => {
  const rows = await asSuperuser(
    leader,
    `SELECT m.rolname, string_agg(r.rolname, ' ' ORDER BY r.rolname) FROM pg_auth_members
     JOIN pg_roles m ON m.oid = member JOIN pg_roles r ON r.oid = roleid
     WHERE m.rolname NOT LIKE 'pg\\_%' AND (set_option OR inherit_option) GROUP BY 1`,
  );
  const request = "anon authenticated service_role";
  expect(Object.fromEntries(rows.split("\n").map((row) => row.split("|")))).toEqual({
    authenticator: request,
    supabase_storage_admin: request,
    supabase_admin: `${request} supabase_realtime_admin`,
    supabase_realtime_admin: request,
    supabase_functions_admin: "service_role",
    exporter: "pg_monitor",
    migrator: "app supabase_realtime_admin supabase_storage_admin",
    dashboard_user:
      "anon app authenticated migrator pg_monitor pg_read_all_data pg_signal_backend service_role supabase_auth_admin supabase_functions_admin supabase_realtime_admin supabase_storage_admin",
  });
});

test("nobody connects to a database who has no business there", async () => {
  const rows = await asSuperuser(
    leader,
    `SELECT datname, string_agg(rolname, ' ' ORDER BY rolname) FROM pg_database, pg_roles
     WHERE datallowconn AND rolcanlogin AND NOT rolsuper AND has_database_privilege(pg_roles.oid, pg_database.oid, 'CONNECT')
     GROUP BY 1`,
  );
  const known = [...logins, "postgres-setup", "rewind"].sort().join(" ");
  expect(Object.fromEntries(rows.split("\n").map((row) => row.split("|")))).toEqual({
    postgres: known,
    _supabase: "exporter supabase_admin",
  });
  await expect(direct("app", await rig.secret("postgres-app"), "SELECT 1", "_supabase")).rejects.toThrow(
    /permission denied for database/,
  );
});

test("each service owns its schema", async () => {
  const owners = `SELECT nspname, nspowner::regrole FROM pg_namespace
    WHERE nspname IN ('auth', 'storage', '_realtime', 'realtime', 'graphql_public', 'supabase_functions', '_supavisor', '_analytics')`;
  const rows = await asSuperuser(leader, owners);
  expect(Object.fromEntries(rows.split("\n").map((row) => row.split("|")))).toEqual({
    auth: "supabase_auth_admin",
    storage: "supabase_storage_admin",
    _realtime: "supabase_admin",
    realtime: "supabase_admin",
    graphql_public: "supabase_admin",
    supabase_functions: "supabase_functions_admin",
  });
  const secret = await rig.secret("postgres-supabase-admin");
  expect(await direct("supabase_admin", secret, owners, "_supabase")).toMatch(/_supavisor\|supabase_admin/);
});

test.each(["anon", "authenticated", "service_role"])("%s reads nothing of auth", async (role) => {
  await as("supabase_auth_admin", (query) => query("CREATE TABLE IF NOT EXISTS auth.scenario_secrets (secret text)"));
  try {
    await expect(asRequest(role, {}, "SELECT * FROM auth.scenario_secrets")).rejects.toMatchObject({ code: "42501" });
  } finally {
    await as("supabase_auth_admin", (query) => query("DROP TABLE auth.scenario_secrets"));
  }
});

test("Auth's migrations may do what they do, and an application points at what they made", async () => {
  await as("supabase_auth_admin", async (query) => {
    await query("CREATE TABLE auth.scenario_users (id uuid PRIMARY KEY, email text)");
    await query("ALTER TABLE auth.scenario_users ENABLE ROW LEVEL SECURITY");
    await query("GRANT SELECT ON auth.scenario_users TO postgres WITH GRANT OPTION");
  });
  try {
    await as("migrator", async (query) => {
      await query(`CREATE TABLE ${table} (id uuid REFERENCES auth.scenario_users ON DELETE CASCADE)`);
      await expect(query("SELECT * FROM auth.scenario_users")).rejects.toMatchObject({ code: "42501" });
      await query(`DROP TABLE ${table}`);
    });
  } finally {
    await as("supabase_auth_admin", (query) => query("DROP TABLE auth.scenario_users CASCADE"));
  }
});

test("Storage's migrations may do what they do, and it works as a request's role", async () => {
  await as("supabase_storage_admin", async (query) => {
    await query("BEGIN");
    await query("CREATE TABLE storage.scenario (id int PRIMARY KEY, owner uuid)");
    await query("ALTER TABLE storage.scenario ENABLE ROW LEVEL SECURITY");
    await query("GRANT ALL ON storage.scenario TO anon, authenticated, service_role");
    await query("GRANT ALL ON storage.scenario TO postgres WITH GRANT OPTION");
    await query("INSERT INTO storage.scenario VALUES (1, NULL)");
    const rows = async (role: string) => {
      await query(`SELECT set_config('role', '${role}', true)`);
      return (await query("SELECT id FROM storage.scenario")).length;
    };
    expect([await rows("authenticated"), await rows("service_role")]).toEqual([0, 1]);
    await query("ROLLBACK");
  });
});

test("Realtime's migrations may do what they do", async () => {
  const printed = await direct(
    "supabase_admin",
    await rig.secret("postgres-supabase-admin"),
    `BEGIN;
     CREATE TABLE realtime.scenario (id int PRIMARY KEY);
     ALTER TABLE realtime.scenario OWNER TO supabase_realtime_admin;
     CREATE FUNCTION realtime.scenario() RETURNS text LANGUAGE sql SET log_min_messages TO 'fatal' AS $$ SELECT current_user::text $$;
     ALTER FUNCTION realtime.scenario() OWNER TO supabase_realtime_admin;
     GRANT USAGE ON SCHEMA realtime TO postgres WITH GRANT OPTION;
     GRANT supabase_realtime_admin TO postgres;
     CREATE PUBLICATION scenario FOR TABLE realtime.scenario;
     SELECT realtime.scenario();
     ROLLBACK;`,
  );
  expect(printed).toBe("supabase_admin");
});

test("the API shows a new table at once, and of its rows what policies allow", async () => {
  const [alice, bob] = ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"];
  await as("migrator", async (query) => {
    await query(`CREATE TABLE ${table} (id int PRIMARY KEY, owner uuid NOT NULL, note text)`);
    await query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
    await query(`CREATE POLICY own ON ${table} TO authenticated
      USING (owner = (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid)`);
    await query(`INSERT INTO ${table} VALUES (1, '${alice}', 'a'), (2, '${bob}', 'b')`);
  });
  const ids = async (role: string, sub?: string) =>
    (await asRequest(role, { role, sub }, `SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);
  expect({
    alice: await ids("authenticated", alice),
    bob: await ids("authenticated", bob),
    anon: await ids("anon"),
    service: await ids("service_role"),
  }).toEqual({ alice: [1], bob: [2], anon: [], service: [1, 2] });
  await expect(
    asRequest("authenticated", { sub: alice }, `INSERT INTO ${table} VALUES (3, '${bob}', 'not hers')`),
  ).rejects.toMatchObject({ code: "42501" });
});

test("migrations alone change the schema: policies for files, a row for each new user; the application does not", async () => {
  await as("supabase_storage_admin", (query) => query("CREATE TABLE storage.scenario_files (name text, owner uuid)"));
  await as("supabase_auth_admin", (query) => query("CREATE TABLE auth.scenario_users (id uuid PRIMARY KEY)"));
  try {
    await as("migrator", async (query) => {
      await query("CREATE POLICY own ON storage.scenario_files TO authenticated USING (owner IS NOT NULL)");
      await query("CREATE TABLE scenario_profiles (id uuid REFERENCES auth.scenario_users ON DELETE CASCADE)");
      await query(`CREATE FUNCTION scenario_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
        AS $$ BEGIN INSERT INTO public.scenario_profiles VALUES (NEW.id); RETURN NEW; END $$`);
      await query(
        "CREATE TRIGGER scenario AFTER INSERT ON auth.scenario_users FOR EACH ROW EXECUTE FUNCTION scenario_user()",
      );
    });
    await as("supabase_auth_admin", (query) => query("INSERT INTO auth.scenario_users VALUES (gen_random_uuid())"));
    await as("app", async (query) => {
      expect(await query("SELECT count(*)::int FROM scenario_profiles")).toEqual([{ count: 1 }]);
      for (const statement of [
        "CREATE TABLE refused (id int)",
        "CREATE SCHEMA refused",
        "ALTER TABLE scenario_profiles ADD COLUMN refused int",
        "DROP TABLE scenario_profiles",
        "CREATE POLICY refused ON storage.scenario_files USING (true)",
      ])
        await expect(query(statement), statement).rejects.toMatchObject({ code: "42501" });
    });
  } finally {
    await as("supabase_auth_admin", (query) => query("DROP TABLE auth.scenario_users CASCADE"));
    await as("supabase_storage_admin", (query) => query("DROP TABLE storage.scenario_files"));
    await as("migrator", (query) =>
      query("DROP TABLE IF EXISTS scenario_profiles; DROP FUNCTION IF EXISTS scenario_user"),
    );
  }
});

test("requests end after their role's time", async () => {
  const rows = await asSuperuser(
    leader,
    `SELECT setrole::regrole, unnest(setconfig) FROM pg_db_role_setting
     WHERE setrole::regrole::text IN ('anon', 'authenticated', 'authenticator') ORDER BY 1, 2`,
  );
  expect(rows.split("\n")).toEqual([
    "anon|statement_timeout=3s",
    "authenticated|statement_timeout=8s",
    "authenticator|lock_timeout=8s",
    "authenticator|statement_timeout=8s",
  ]);
});

test("Realtime reads the changes of what the application publishes", async () => {
  await as("migrator", async (query) => {
    await query(`CREATE TABLE IF NOT EXISTS ${table} (id int PRIMARY KEY, owner uuid NOT NULL, note text)`);
    await query(`ALTER PUBLICATION supabase_realtime ADD TABLE ${table}`);
    const published = "SELECT tablename FROM pg_publication_tables WHERE pubname = 'supabase_realtime'";
    expect(await query(published)).toContainEqual({ tablename: table });
  });
  // In one session, because the slot is a temporary one; and the listener's role is taken as Realtime takes it.
  const changes = await direct(
    "supabase_admin",
    await rig.secret("postgres-supabase-admin"),
    `SELECT 1 FROM pg_create_logical_replication_slot('scenario', 'wal2json', true);
     SET ROLE service_role;
     INSERT INTO ${table} VALUES (9, gen_random_uuid(), 'published');
     RESET ROLE;
     SELECT data FROM pg_logical_slot_get_changes('scenario', NULL, NULL, 'format-version', '2')`,
  );
  expect(changes).toContain('"published"');
});

test("nobody but the superuser makes a slot, besides what replicates", async () => {
  const create = "SELECT pg_create_logical_replication_slot('refused', 'wal2json', true)";
  for (const login of pooled)
    await expect(as(login, (query) => query(create))).rejects.toMatchObject({ code: "42501" });
});

test("the bootstrap, repeated, changes nothing that a service made", async () => {
  // As a migration of Auth: a function of its own, a right it took away, and one it gave.
  await as("supabase_auth_admin", async (query) => {
    await query("CREATE OR REPLACE FUNCTION auth.scenario_uid() RETURNS uuid LANGUAGE sql RETURN gen_random_uuid()");
    await query("REVOKE EXECUTE ON FUNCTION auth.scenario_uid() FROM PUBLIC");
  });
  const catalog = `SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
    SELECT 'function ' || oid || prosrc || proowner || coalesce(proacl::text, '') AS line FROM pg_proc
    UNION ALL SELECT 'schema ' || oid || nspowner || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'relation ' || oid || relowner || coalesce(relacl::text, '') FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace
    UNION ALL SELECT 'default ' || oid || defaclacl::text FROM pg_default_acl
    UNION ALL SELECT 'role ' || r::text FROM pg_authid r
    UNION ALL SELECT 'member ' || roleid || ' ' || member || admin_option || inherit_option || set_option FROM pg_auth_members
    UNION ALL SELECT 'publication ' || oid || pubowner FROM pg_publication) AS lines`;
  const before = await asSuperuser(leader, catalog);
  await output(leader, ["bootstrap-database"]);
  expect(await asSuperuser(leader, catalog)).toBe(before);
  // Even where the record is lost, as in a cluster older than it, nothing of a service is replaced.
  await asSuperuser(leader, "DELETE FROM groundwork.bootstrap WHERE step IN ('10-logins', '40-schemas')");
  await output(leader, ["bootstrap-database"]);
  expect(await asSuperuser(leader, catalog)).toBe(before);
  expect(await asSuperuser(leader, "SELECT count(*) FROM groundwork.bootstrap")).toBe(String(steps.length));
}, 60_000);

test("the job that sets passwords sets what differs, and no more", async () => {
  const [job] = rig.copies("postgres-setup") as [Copy];
  const verifiers = () =>
    asSuperuser(leader, "SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin ORDER BY 1");
  const before = (await verifiers()).split("\n");
  await asSuperuser(leader, "ALTER ROLE exporter PASSWORD 'of-somebody-else'");
  await job.start();
  await until("the exporter's own password", 60, () => as("exporter", (query) => query("SELECT 1")));
  const changed = (await verifiers()).split("\n").filter((line) => !before.includes(line));
  expect(changed.map((line) => line.split("|")[0])).toEqual(["exporter"]);
}, 90_000);

test.each([
  ["a superuser's password", "ALTER ROLE postgres PASSWORD 'x'"],
  ["the password that replicas copy with", "ALTER ROLE replicator PASSWORD 'x'"],
  ["an attribute it lacks", "ALTER ROLE app BYPASSRLS"],
  ["a table of the application", `SELECT * FROM ${table}`],
  ["another's verifier", "SELECT pgbouncer.get_auth('app')"],
])("its login reaches not %s", async (_, statement) => {
  await expect(asSuperuser(leader, `SET SESSION AUTHORIZATION "postgres-setup"; ${statement}`)).rejects.toThrow(
    /permission denied/,
  );
});

test("its login needs the job's certificate", async () => {
  await expect(direct("postgres-setup", "any", "SELECT 1")).rejects.toThrow(/certificate|authentication failed/);
});

test("GraphQL says that it is missing", async () => {
  const [answer] = await asRequest("anon", {}, "SELECT graphql_public.graphql(query => '{ __typename }') AS answer");
  expect(answer).toEqual({ answer: { errors: [{ message: expect.stringContaining("no pg_graphql") }] } });
});
