// Postgres: members that Patroni keeps as one primary and its replicas.
import type { Problem } from "../lib/errors";
import { bytes, mebibytes, type Size } from "../lib/units";
import { AUTHORITY_FILE } from "./addresses";
import { patroniConfiguration } from "./postgres-patroni";
import { certificate, exec, file, type Probe, type ServiceSpec, self, service, text } from "./spec";

export interface PostgresArgs {
  /** The primary and its replicas, together. */
  readonly members: number;
  /** A commit waits for a replica, so that failover loses none. Without effect on a single member. */
  readonly synchronous: boolean;
  /** Data volume of each member. */
  readonly storage: Size;
  /** Connections that each member accepts. */
  readonly maxConnections: number;
  /** The platform brings the consensus store and configures Patroni for it (`PATRONI_…` environment); no etcd runs. */
  readonly consensus: boolean;
}

/** One primary and its replicas, in an order that changes. */
export function postgres(args: PostgresArgs): ServiceSpec {
  const { members, storage, maxConnections, consensus } = args;
  const address = (port: keyof typeof POSTGRES_PORTS) => text`${self("host")}:${self({ port })}`;
  return service("postgres", {
    purpose: "PostgreSQL: one primary and its replicas, with automatic failover by Patroni",
    shape: "stateful",
    copies: members,
    image: "postgres",
    ports: POSTGRES_PORTS,
    roles: { primary: "sql", replica: "sql" },
    env: {
      ...QUICK_RESOLVER,
      PATRONI_NAME: self("name"),
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: address("sql"),
      PATRONI_RESTAPI_CONNECT_ADDRESS: address("patroni"),
    },
    volumes: { data: { mount: VOLUME, size: storage } },
    scratch: { "/tmp": "64 MiB", [SOCKETS]: "1 MiB", "/dev/shm": "256 MiB" },
    files: {
      "patroni.yml": patroniConfiguration({
        ...args,
        memory: MEMORY,
        ports: POSTGRES_PORTS,
        data: `${VOLUME}/data`,
        sockets: SOCKETS,
      }),
      ...AUTHORITY_FILE,
      "postgres.pem": certificate("postgres", "certificate"),
      "postgres.key": certificate("postgres", "key"),
    },
    // Well is who serves: the primary that holds the leader key, or a replica. A primary still being set up is not.
    ready: patroniAnswers("read-only"),
    // A replica is alive while Patroni works on it: neither the primary's absence nor a long copy calls for a restart.
    alive: patroniAnswers("liveness"),
    after: consensus ? {} : { etcd: "ready" },
    resources: {
      cpu: 1,
      memory: MEMORY,
      // Docker counts processes per user over the host, hence all members in one limit.
      processes: Math.max(2048, 2 * members * maxConnections),
    },
    networks: ["data"],
    metrics: [{ port: "patroni", path: "/metrics", scheme: "https" }],
    tls: ["patroni"],
    backup: "physical",
    // A fast shutdown writes a checkpoint and waits until the replicas have everything.
    stopGrace: "60 seconds",
  });
}

function patroniAnswers(path: string): Probe {
  const url = text`https://localhost:${self({ port: "patroni" })}/${path}`;
  return exec("curl", "--silent", "--fail", "--cacert", file("authority.pem"), url);
}

/** What the memory and the volume of a member cannot bear. */
export function checkPostgres({
  maxConnections,
  storage,
}: Pick<PostgresArgs, "maxConnections" | "storage">): readonly Problem[] {
  const most = Math.floor((mebibytes(MEMORY) * (1 - SHARED_BUFFERS)) / CONNECTION_MEBIBYTES);
  const tooMany: Problem = {
    path: "postgres/maxConnections",
    fact: `must be ${most} or less in ${MEMORY} of memory, got ${maxConnections}`,
    hint: "PgBouncer serves ten times as many clients as there are connections",
  };
  const tooSmall: Problem = {
    path: "postgres/storage",
    fact: `must be ${SMALLEST_VOLUME} or more, got ${storage}`,
    hint: "write-ahead log alone may take half of that",
  };
  return [...(maxConnections > most ? [tooMany] : []), ...(bytes(storage) < bytes(SMALLEST_VOLUME) ? [tooSmall] : [])];
}

/**
 * The resolver's patience. Docker's DNS may leave a query for a container that is gone unanswered: by default a member would
 * wait ten seconds for a dead primary's address before it takes over.
 */
export const QUICK_RESOLVER = { RES_OPTIONS: "timeout:1 attempts:1" } as const;

/** Each member's ports. */
export const POSTGRES_PORTS = { sql: 5432, patroni: 8008 } as const;

const MEMORY: Size = "2 GiB";
const SMALLEST_VOLUME: Size = "4 GiB";
const VOLUME = "/var/lib/postgresql";
const SOCKETS = "/run/postgresql";
/** What a connection takes at least: its process, caches and page tables. */
const CONNECTION_MEBIBYTES = 2;
const SHARED_BUFFERS = 0.25;
