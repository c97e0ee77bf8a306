// The job that gives every login of Postgres its password, and the table of those logins; and the limits that the database holds.
import type { Environment } from "../environment";
import { bytes, seconds } from "../lib/units";
import { AUTHORITY_FILE, DATABASE } from "./addresses";
import type { SecretName } from "./secrets";
import { certificate, endpoint, type ServiceSpec, secret, service } from "./spec";

/**
 * Who signs in to Postgres, and with which secret. The roles' rights stand in `images/postgres/bootstrap/`; Patroni's own
 * logins are not here, because it sets their passwords itself.
 */
export const POSTGRES_LOGINS = {
  app: "postgres-app",
  migrator: "postgres-migrator",
  pgbouncer: "postgres-pgbouncer",
  exporter: "postgres-exporter",
  authenticator: "postgres-authenticator",
  supabase_admin: "postgres-supabase-admin",
  supabase_auth_admin: "postgres-auth-admin",
  supabase_storage_admin: "postgres-storage-admin",
  supabase_functions_admin: "postgres-functions-admin",
  dashboard_user: "postgres-dashboard",
} as const satisfies Record<string, SecretName>;

/** What the database counts, because it does so for all copies of a service: see `images/postgres/bootstrap/postgres/70-limits.sql`. */
export interface DatabaseLimits {
  /** Failed sign-ins with a password. */
  readonly lockout: Environment["auth"]["lockout"];
  /** What one user uploads in a day. */
  readonly dailyUpload: Environment["storage"]["dailyUpload"];
}

/** What Auth calls at each attempt of a password. */
export const PASSWORD_ATTEMPT_HOOK = `pg-functions://${DATABASE}/limits/password_attempt`;

/**
 * Runs once the primary serves, and again whenever a password or a limit changes; what is set already stays as it is. It signs in by
 * certificate, so that the members know no service's password and a new one restarts none of them.
 */
export function postgresSetup({ lockout, dailyUpload }: DatabaseLimits): ServiceSpec {
  return service("postgres-setup", {
    purpose: "Gives every Postgres login its password, and the database's limits their values",
    shape: "job",
    image: "postgres",
    args: ["postgres-setup"],
    env: {
      PGHOST: endpoint("postgres", "primary", "host"),
      PGPORT: endpoint("postgres", "primary", "port"),
      LIMITS: JSON.stringify({
        failures: lockout.failures,
        failure_window: `${seconds(lockout.window)} seconds`,
        lockout: `${seconds(lockout.duration)} seconds`,
        upload_bytes: bytes(dailyUpload),
      }),
    },
    files: {
      ...Object.fromEntries(
        Object.entries(POSTGRES_LOGINS).map(([role, name]) => [`passwords/${role}`, secret(name)] as const),
      ),
      ...AUTHORITY_FILE,
      "setup.pem": certificate("postgres-setup", "certificate"),
      "setup.key": certificate("postgres-setup", "key"),
    },
    after: { postgres: "ready" },
    resources: { cpu: 0.25, memory: "128 MiB", processes: 2048 },
    networks: ["data"],
  });
}
