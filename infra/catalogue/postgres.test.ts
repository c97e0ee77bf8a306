// The Postgres spec: how members are told who they are, what Patroni may do, and what is refused.
import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatProblem } from "../lib/errors";
import { checkPostgres, postgres } from "./postgres";
import { certificate, exec, file, peers, self, text, textParts } from "./spec";

const args = { members: 2, synchronous: true, storage: "10 GiB", maxConnections: 500, consensus: false } as const;
const spec = postgres(args);

/** Patroni's configuration, with each reference as `<kind:name>`. */
function patroni(of = spec) {
  const source = textParts(of.files["patroni.yml"] ?? "").map((part) =>
    typeof part === "string"
      ? part
      : `<${part.ref}:${"name" in part ? part.name : "service" in part ? part.service : ""}>`,
  );
  return parse(source.join(""));
}

test("a member takes its name and addresses from its environment", () => {
  expect(spec.env).toMatchObject({
    PATRONI_NAME: self("name"),
    PATRONI_POSTGRESQL_CONNECT_ADDRESS: text`${self("host")}:${self({ port: "sql" })}`,
    PATRONI_RESTAPI_CONNECT_ADDRESS: text`${self("host")}:${self({ port: "patroni" })}`,
  });
});

test("Patroni elects through etcd, or through the store that the platform brings", () => {
  expect(textParts(spec.files["patroni.yml"] ?? "")).toContainEqual(peers("etcd", "client"));
  expect(patroni().etcd3).toEqual({
    hosts: "<peers:etcd>",
    protocol: "https",
    cacert: "<file:authority.pem>",
    cert: "<file:postgres.pem>",
    key: "<file:postgres.key>",
  });
  expect(spec.after).toEqual({ etcd: "ready" });

  const brought = postgres({ ...args, consensus: true });
  expect(patroni(brought)).not.toHaveProperty("etcd3");
  expect(brought.after).toEqual({});
});

test("a lost primary is replaced as soon as Patroni's rules allow, and none that lacks a commit replaces it", () => {
  const { ttl, loop_wait, retry_timeout, ...settings } = patroni().bootstrap.dcs;
  expect(ttl).toBe(20);
  expect(ttl).toBeGreaterThanOrEqual(loop_wait + 2 * retry_timeout);
  expect(settings).toMatchObject({ synchronous_mode: true, failsafe_mode: true, primary_start_timeout: 20 });
});

test.each([
  [{ ...args, members: 1 }, false],
  [{ ...args, synchronous: false }, false],
])("commits wait for a replica only where one is wanted and exists", (given, expected) => {
  expect(patroni(postgres(given)).bootstrap.dcs.synchronous_mode).toBe(expected);
});

test("connections need TLS 1.3 and a SCRAM password", () => {
  const { pg_hba, parameters } = patroni().postgresql;
  expect(pg_hba).toEqual([
    "local all postgres peer",
    "hostssl replication replicator all scram-sha-256",
    "hostssl postgres postgres-setup all cert",
    "hostssl all postgres-setup all reject",
    "hostssl all all all scram-sha-256",
  ]);
  expect(parameters).toMatchObject({
    password_encryption: "scram-sha-256",
    ssl: true,
    ssl_min_protocol_version: "TLSv1.3",
    ssl_key_file: "<file:postgres.key>",
  });
});

test("each of Patroni's logins has a password of its own and verifies the other member", () => {
  const login = (username: string, name: string) => ({
    username,
    password: `<secret:${name}>`,
    sslmode: "verify-full",
    sslrootcert: "<file:authority.pem>",
  });
  expect(patroni().postgresql.authentication).toEqual({
    superuser: login("postgres", "postgres-superuser"),
    replication: login("replicator", "postgres-replication"),
    rewind: login("rewind", "postgres-rewind"),
  });
});

test("settings follow the stack's values and the member's memory", () => {
  expect(patroni().bootstrap.dcs.postgresql.parameters).toMatchObject({
    max_connections: 500,
    wal_level: "logical",
    max_slot_wal_keep_size: "2560MB",
  });
  expect(patroni().postgresql.parameters).toMatchObject({ shared_buffers: "512MB", effective_cache_size: "1024MB" });
});

test("Realtime may decode the log, though it is no superuser", () => {
  expect(patroni().bootstrap.dcs.postgresql.parameters.wal_level).toBe("logical");
  expect(patroni().postgresql.parameters.output_plugin_libraries).toBe("pgoutput,wal2json");
});

test("members hold no password of a service", () => {
  const { "patroni.yml": _, ...files } = spec.files;
  expect(files).toEqual({
    "authority.pem": certificate("authority", "certificate"),
    "postgres.pem": certificate("postgres", "certificate"),
    "postgres.key": certificate("postgres", "key"),
  });
});

test("a member is ready when it serves in its role", () => {
  expect(spec.ready).toEqual(
    exec(
      "curl",
      "--silent",
      "--fail",
      "--cacert",
      file("authority.pem"),
      text`https://localhost:${self({ port: "patroni" })}/read-only`,
    ),
  );
});

test("what memory and volume cannot bear is refused, all at once", () => {
  expect(checkPostgres(args)).toEqual([]);
  expect(checkPostgres({ maxConnections: 1000, storage: "512 MiB" }).map(formatProblem)).toEqual([
    "postgres/maxConnections: must be 768 or less in 2 GiB of memory, got 1000\n" +
      "  hint: PgBouncer serves ten times as many clients as there are connections",
    "postgres/storage: must be 4 GiB or more, got 512 MiB\n  hint: write-ahead log alone may take half of that",
  ]);
});
