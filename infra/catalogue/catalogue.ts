// The one list of services. Everything else (routes, probes, certificates, status, documents) reads it.
import type { Environment } from "../environment";
import { etcd } from "./etcd";
import { haproxy } from "./haproxy";
import { minio } from "./minio";
import { pgbouncer } from "./pgbouncer";
import { postgres } from "./postgres";
import { redis } from "./redis";
import type { Provides, ServiceSpec } from "./spec";
import { traefik } from "./traefik";

/** Every service of a stack, each after those that it waits for. */
export function catalogue(environment: Environment, provides: Provides): readonly ServiceSpec[] {
  const { domain, publish } = environment;
  const behind: readonly ServiceSpec[] = [
    ...(provides.consensus ? [] : [etcd(environment.etcd)]),
    postgres({ ...environment.postgres, consensus: provides.consensus }),
    ...(provides.roleRouting ? [] : [haproxy({ maxConnections: environment.postgres.maxConnections })]),
    pgbouncer("pgbouncer", { role: "primary", domain, maxConnections: environment.postgres.maxConnections }),
    pgbouncer("pgbouncer-replicas", { role: "replica", domain, maxConnections: environment.postgres.maxConnections }),
    redis(environment.redis),
    ...minio({ ...environment.minio, environment: environment.stack, domain, httpsPort: publish.https }),
  ];
  return [
    ...behind,
    traefik({
      ...environment.traefik,
      domain,
      publish,
      limits: environment.limits,
      admin: environment.admin,
      services: behind,
    }),
  ];
}
