// PgBouncer's spec: who may sign in, over what, and how many connections it takes.
import { expect, test } from "vitest";
import { pgbouncer } from "./pgbouncer";
import { certificate, endpoint, type ServiceSpec, secret, text, textParts } from "./spec";

const args = { domain: "example.org", maxConnections: 500 };
const primary = pgbouncer("pgbouncer", { ...args, role: "primary" });
const replicas = pgbouncer("pgbouncer-replicas", { ...args, role: "replica" });

/** The settings as `name = value` pairs, files by name. */
function settings(spec: ServiceSpec): Record<string, string> {
  const source = textParts(spec.files["pgbouncer.ini"] ?? "")
    .map((part) => (typeof part === "string" ? part : part.ref === "file" ? part.name : `<${part.ref}>`))
    .join("");
  return Object.fromEntries([...source.matchAll(/^(\w+) = (.*)$/gm)].map(([, name, value]) => [name, value]));
}

test("each pooler connects to its own role", () => {
  for (const [spec, role] of [
    [primary, "primary"],
    [replicas, "replica"],
  ] as const)
    expect(textParts(spec.files["pgbouncer.ini"] ?? "").slice(0, 4)).toEqual([
      "[databases]\n* = host=",
      endpoint("postgres", role, "host"),
      " port=",
      endpoint("postgres", role, "port"),
    ]);
});

test("TLS 1.3 is required of clients, and Postgres is verified", () => {
  expect(settings(primary)).toMatchObject({
    client_tls_sslmode: "require",
    client_tls_protocols: "tlsv1.3",
    client_tls_cert_file: "pgbouncer.pem",
    server_tls_sslmode: "verify-full",
    server_tls_protocols: "tlsv1.3",
    server_tls_ca_file: "authority.pem",
  });
  expect(primary.files["pgbouncer.key"]).toEqual(certificate("pgbouncer", "key"));
  expect(replicas.files["pgbouncer.key"]).toEqual(certificate("pgbouncer-replicas", "key"));
});

test("clients sign in with SCRAM; here are only the passwords of the lookup role and of who reads statistics", () => {
  expect(settings(primary)).toMatchObject({ auth_type: "scram-sha-256", auth_user: "pgbouncer" });
  expect(primary.files["userlist.txt"]).toEqual(
    text`"pgbouncer" "${secret("postgres-pgbouncer")}"\n"statistics" "${secret("pgbouncer-statistics")}"\n`,
  );
  expect(settings(primary)).toMatchObject({ stats_users: "statistics" });
  expect(settings(primary)).not.toHaveProperty("admin_users");
});

test("prepared statements live in transaction mode", () => {
  expect(settings(primary)).toMatchObject({ pool_mode: "transaction", max_prepared_statements: "256" });
});

test("both poolers together leave connections of one member free", () => {
  const [writes, reads] = [primary, replicas].map((spec) => Number(settings(spec).max_db_connections));
  expect([writes, reads]).toEqual([250, 200]);
});

test("the outside reaches them by names of the domain that their certificates hold", () => {
  expect([primary, replicas].map(({ routes, certificateNames }) => [routes[0]?.host, certificateNames])).toEqual([
    ["db", ["db.example.org"]],
    ["db-replicas", ["db-replicas.example.org"]],
  ]);
});
