// Every generated secret, in one table: its form, its length, who it is for. Values exist only in state and on the platform.

/** How a secret is drawn, and for whom. */
export interface SecretSpec {
  readonly purpose: string;
  /** `password`: letters and digits. `key`: random bytes, in base64. */
  readonly form: "password" | "key";
  /** Characters of a password, bytes of a key. */
  readonly length: number;
  /** Who signs in with it where; `groundwork up` says how to print it. @default - no person needs it */
  readonly forPeople?: { readonly user: string; readonly endpoints: readonly string[] };
}

const table = {
  "postgres-superuser": { purpose: "Postgres superuser `postgres`", form: "password", length: 40 },
  "postgres-replication": { purpose: "streaming replication role `replicator`", form: "password", length: 40 },
  "postgres-rewind": { purpose: "pg_rewind role `rewind`", form: "password", length: 40 },
  "postgres-pgbouncer": { purpose: "PgBouncer's lookup role `pgbouncer`", form: "password", length: 40 },
  "postgres-app": {
    purpose: "application role `app`",
    form: "password",
    length: 40,
    forPeople: { user: "app", endpoints: ["db", "db-replicas"] },
  },
  "patroni-api": { purpose: "Patroni's REST API, unsafe calls", form: "password", length: 40 },
  redis: { purpose: "Redis default user", form: "password", length: 40 },
  "minio-root": {
    purpose: "MinIO root user",
    form: "password",
    length: 40,
    forPeople: { user: "root", endpoints: ["minio"] },
  },
  "minio-kms": { purpose: "MinIO's key-encryption key (SSE)", form: "key", length: 32 },
  "minio-storage": {
    purpose: "S3 user of the storage service",
    form: "password",
    length: 40,
    forPeople: { user: "storage", endpoints: ["storage"] },
  },
  "minio-backup": { purpose: "S3 user of the backup jobs", form: "password", length: 40 },
  "minio-heal": { purpose: "S3 user of the repair of drives", form: "password", length: 40 },
} as const satisfies Record<string, SecretSpec>;

export type SecretName = keyof typeof table;
export const SECRETS: Readonly<Record<SecretName, SecretSpec>> = table;
