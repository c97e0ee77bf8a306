// Which machines a service belongs on where a cluster has several kinds: those for the database, those with big disks, and all others.
import type { ServiceName, Shape } from "./spec";

/** Kinds of machines. */
export const POOLS = ["application", "database", "storage"] as const;
export type Pool = (typeof POOLS)[number];

/** What does not belong with the applications. */
const ELSEWHERE: Readonly<Partial<Record<ServiceName, Pool>>> = {
  etcd: "database",
  postgres: "database",
  "postgres-setup": "database",
  haproxy: "database",
  pgbouncer: "database",
  "pgbouncer-replicas": "database",
  minio: "storage",
  "minio-setup": "storage",
  "minio-heal": "storage",
};

/** The kind of machine for a service; undefined for a daemon, which runs on every machine. */
export function poolOf({ name, shape }: { readonly name: ServiceName; readonly shape: Shape }): Pool | undefined {
  return shape === "daemon" ? undefined : (ELSEWHERE[name] ?? "application");
}
