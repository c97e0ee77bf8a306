// The job that sets passwords: every login of the bootstrap has a secret of its own, and no member of Postgres knows one.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../tools/paths";
import { POSTGRES_LOGINS, postgresSetup } from "./postgres-setup";
import { SECRETS } from "./secrets";
import { certificate, secret } from "./spec";

const spec = postgresSetup({
  lockout: { enabled: true, failures: 5, window: "15 minutes", duration: "1 hours" },
  dailyUpload: "95 MiB",
});
const FOLDER = join(ROOT, "images/postgres/bootstrap/postgres");
const bootstrap = readdirSync(FOLDER)
  .map((name) => readFileSync(join(FOLDER, name), "utf8"))
  .join("\n");

/** Roles that may sign in, besides Patroni's own and the job itself. */
const logins = [...bootstrap.matchAll(/^ALTER ROLE (\w+) LOGIN/gm)].map(([, role]) => role as string);

test("every login of the bootstrap has a secret, and every secret of a login its role", () => {
  expect(Object.keys(POSTGRES_LOGINS).sort()).toEqual([...logins].sort());
  const patroni = ["postgres-superuser", "postgres-replication", "postgres-rewind"];
  expect(Object.values<string>(POSTGRES_LOGINS).sort()).toEqual(
    Object.keys(SECRETS)
      .filter((name) => name.startsWith("postgres-") && !patroni.includes(name))
      .sort(),
  );
});

test("the job may set each of these passwords", () => {
  const granted = [...bootstrap.matchAll(/^GRANT ([^;]*) TO "postgres-setup" WITH ADMIN TRUE/gm)];
  expect(granted.flatMap(([, roles = ""]) => roles.split(/,\s*/)).sort()).toEqual([...logins].sort());
});

test("it has every password as a file, and a certificate instead of a password of its own", () => {
  expect(spec.files).toEqual({
    ...Object.fromEntries(Object.entries(POSTGRES_LOGINS).map(([role, name]) => [`passwords/${role}`, secret(name)])),
    "authority.pem": certificate("authority", "certificate"),
    "setup.pem": certificate("postgres-setup", "certificate"),
    "setup.key": certificate("postgres-setup", "key"),
  });
});

test("it hands over the limits that the database holds", () => {
  expect(JSON.parse(String(spec.env.LIMITS))).toEqual({
    failures: 5,
    failure_window: "900 seconds",
    lockout: "3600 seconds",
    upload_bytes: 99_614_720,
  });
});

test("it waits for a primary, and reaches nothing but data", () => {
  expect([spec.shape, spec.after, spec.networks]).toEqual(["job", { postgres: "ready" }, ["data"]]);
});
