// Every secret, in one table: its form, its length, who it is for. Values exist only in state and on the platform.
import { GIVEN_SECRETS, type GivenSecretName } from "../values/given-secrets";

/** How a secret comes about, and for whom. */
export interface SecretSpec {
  readonly purpose: string;
  /**
   * `password`: letters and digits. `key`: random bytes, in base64. `hex`: random bytes, in hexadecimal. `derived`: made from
   * other secrets (see keys.ts). `given`: someone else's, which a person sets per stack with `groundwork secret set`.
   */
  readonly form: "password" | "key" | "hex" | "derived" | "given";
  /** Characters of a password, bytes of a key or of hexadecimal digits; the fewest characters of a given one. @default none */
  readonly length?: number;
  /** Who signs in with it where; `groundwork up` says how to print it. @default - no person needs it */
  readonly forPeople?: { readonly user: string; readonly endpoints: readonly string[] };
}

const password = (purpose: string) => ({ purpose, form: "password" as const, length: 40 });
const login = (role: string, purpose: string) => password(`Postgres role \`${role}\`: ${purpose}`);

const given = Object.fromEntries(
  Object.entries(GIVEN_SECRETS).map(([name, spec]) => [name, { ...spec, form: "given" }]),
) as Record<GivenSecretName, { purpose: string; form: "given"; length: number }>;

/** Who signs in to Studio. */
export const DASHBOARD_USER = "supabase";

// Lengths of the Supabase secrets are those of its self-hosting guide: some programs accept no other.
const table = {
  "postgres-superuser": password("Postgres superuser `postgres`"),
  "postgres-replication": password("streaming replication role `replicator`"),
  "postgres-rewind": password("pg_rewind role `rewind`"),
  "postgres-pgbouncer": password("PgBouncer's lookup role `pgbouncer`"),
  "postgres-app": {
    ...password("application role `app`"),
    forPeople: { user: "app", endpoints: ["db", "db-replicas"] },
  },
  "postgres-migrator": login("migrator", "migrations, which alone change the application's schema"),
  "postgres-supabase-admin": login("supabase_admin", "Realtime, which keeps its own schemas and slots"),
  "postgres-authenticator": login("authenticator", "PostgREST, which becomes the role of each request"),
  "postgres-auth-admin": login("supabase_auth_admin", "Auth, owner of schema auth"),
  "postgres-storage-admin": login("supabase_storage_admin", "Storage, owner of schema storage"),
  "postgres-functions-admin": login("supabase_functions_admin", "edge functions, owner of their schema"),
  "postgres-dashboard": login("dashboard_user", "Studio and postgres-meta"),
  "postgres-exporter": login("exporter", "reads statistics for Prometheus"),
  "patroni-api": password("Patroni's REST API, unsafe calls"),
  "pgbouncer-statistics": password("PgBouncer's login that reads statistics"),
  "redis-exporter": password("Redis' login that reads statistics"),
  redis: password("Redis default user"),
  "redis-sentinel": password("Redis user of Sentinel, and Sentinel's own password"),
  "redis-replication": password("Redis user of the replicas"),
  "redis-proxy": password("Redis user by which the proxy asks for a server's role"),
  "minio-root": {
    ...password("MinIO root user"),
    forPeople: { user: "root", endpoints: ["minio"] },
  },
  "minio-kms": { purpose: "MinIO's key-encryption key (SSE)", form: "key", length: 32 },
  "minio-storage": {
    ...password("S3 user of the storage service"),
    forPeople: { user: "storage", endpoints: ["storage"] },
  },
  "minio-backup": password("S3 user of the backup jobs"),
  "minio-heal": password("S3 user of the repair of drives"),
  "jwt-secret": { purpose: "signs tokens with HS256", form: "key", length: 32 },
  "jwt-keys": { purpose: "JWKs that Auth signs with: ES256 private key and HS256 key", form: "derived" },
  "jwt-jwks": { purpose: "JWKS that services verify with: ES256 public key and HS256 key", form: "derived" },
  "anon-key": { purpose: "HS256 token of role anon, for browsers", form: "derived" },
  "service-role-key": { purpose: "HS256 token of role service_role, for servers alone", form: "derived" },
  "anon-key-asymmetric": { purpose: "ES256 token of role anon, inside the gateway", form: "derived" },
  "service-role-key-asymmetric": { purpose: "ES256 token of role service_role, inside the gateway", form: "derived" },
  "publishable-key": { purpose: "opaque API key for browsers", form: "derived" },
  "secret-key": { purpose: "opaque API key for servers alone", form: "derived" },
  "publishable-key-random": { purpose: "what the publishable key is made from", form: "hex", length: 32 },
  "secret-key-random": { purpose: "what the secret key is made from", form: "hex", length: 32 },
  "secret-key-base": { purpose: "Realtime's session signing key", form: "key", length: 48 },
  "realtime-db-enc-key": { purpose: "encrypts Realtime's tenants, 16 characters", form: "hex", length: 8 },
  "realtime-cookie": { purpose: "what Realtime's nodes know each other by", form: "hex", length: 32 },
  "vault-enc-key": { purpose: "encrypts Supavisor's vault, 32 characters", form: "hex", length: 16 },
  "meta-crypto-key": {
    purpose: "encrypts connection strings between Studio and postgres-meta",
    form: "key",
    length: 24,
  },
  "s3-protocol-key-id": { purpose: "access key of Storage's S3 endpoint", form: "hex", length: 16 },
  "s3-protocol-key-secret": { purpose: "secret key of Storage's S3 endpoint", form: "hex", length: 32 },
  "metrics-jwt-secret": { purpose: "signs the tokens that read Realtime's metrics", form: "key", length: 32 },
  "metrics-token": { purpose: "Prometheus' token for Realtime's metrics", form: "derived" },
  "dashboard-password": {
    purpose: "sign-in of Studio",
    form: "hex",
    length: 16,
    forPeople: { user: DASHBOARD_USER, endpoints: ["studio"] },
  },
  "dashboard-htpasswd": { purpose: "Studio's sign-in as the gateway reads it: user and SHA-1", form: "derived" },
  "saml-key": { purpose: "RSA key that Auth signs SAML requests with: PKCS#1 DER in base64", form: "derived" },
  "grafana-admin": {
    ...password("Grafana's administrator"),
    forPeople: { user: "admin", endpoints: ["grafana"] },
  },
  ...given,
} as const satisfies Record<string, SecretSpec>;

export type SecretName = keyof typeof table;
export const SECRETS: Readonly<Record<SecretName, SecretSpec>> = table;

type NamesOf<Form extends SecretSpec["form"]> = {
  [Name in SecretName]: (typeof table)[Name]["form"] extends Form ? Name : never;
}[SecretName];
/** Made from other secrets by keys.ts. */
export type DerivedSecretName = NamesOf<"derived">;
/** Drawn at random, once per stack. */
export type DrawnSecretName = Exclude<SecretName, DerivedSecretName | GivenSecretName>;

/** The names of all derived secrets. */
export const DERIVED_SECRETS = Object.entries(SECRETS)
  .filter(([, { form }]) => form === "derived")
  .map(([name]) => name as DerivedSecretName);
