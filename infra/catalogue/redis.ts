// The Redis-protocol servers: cache, sessions and queues. TLS only, a password, every write in an append-only file. With
// several copies, one is primary; Sentinel chooses another when it fails, and a proxy leads clients to it.
import { bytes, type Size } from "../lib/units";
import { AUTHORITY_FILE } from "./addresses";
import { STATISTICS_COMMANDS, STATISTICS_USER } from "./redis-exporter";
import { redisProxy } from "./redis-proxy";
import { sentinel } from "./redis-sentinel";
import {
  certificate,
  exec,
  file,
  joinText,
  peers,
  type ServiceSpec,
  secret,
  self,
  service,
  type Text,
  text,
} from "./spec";

export interface RedisArgs {
  /** The primary and its replicas, together; from 2 on Sentinel keeps one of them primary. @default 1 */
  readonly copies?: number;
  /** Data volume of each copy; holds the append-only file, and twice that while it is rewritten. @default "1 GiB" */
  readonly storage?: Size;
}

/** How long a primary of three or more takes writes that no replica has: what a failover may lose. */
export const WRITES_WITHOUT_REPLICA_SECONDS = 5;
const MEMORY: Size = "512 MiB";
const DATA = "/data";

/**
 * The servers, and what keeps several of them one. Clients connect to `endpoint("redis", "primary")` with TLS 1.3, our
 * authority and the password `redis`, and connect again when they are disconnected: that is how they follow a failover.
 */
export function redis({ copies = 1, storage = "1 GiB" }: RedisArgs = {}): readonly ServiceSpec[] {
  const replicated = copies > 1;
  return [...(replicated ? [sentinel()] : []), server(copies, storage), ...(replicated ? [redisProxy()] : [])];
}

function server(copies: number, storage: Size): ServiceSpec {
  const replicated = copies > 1;
  return service("redis", {
    purpose: "Cache, sessions and queues (Valkey)",
    shape: "stateful",
    copies,
    image: "valkey",
    args: [
      ...(replicated ? ["valkey-member"] : []),
      ...["valkey-server", file("valkey.conf"), "--port", "0", "--tls-port", self({ port: "redis" })],
      ...(replicated ? ["--replica-announce-ip", self("host")] : []),
    ],
    ...(replicated && {
      env: {
        SENTINELS: peers("redis-sentinel", "sentinel", { format: "{host} {port}", separator: "," }),
        SELF: text`${self("host")} ${self({ port: "redis" })}`,
      },
      after: { "redis-sentinel": "ready" as const },
    }),
    ports: { redis: 6379 },
    roles: { primary: "redis" },
    volumes: { data: { mount: DATA, size: storage } },
    files: {
      "valkey.conf": configuration(copies),
      "users.conf": users(replicated),
      password: secret("redis"),
      ...(replicated && { "sentinel-password": secret("redis-sentinel") }),
      "redis.pem": certificate("redis", "certificate"),
      "redis.key": certificate("redis", "key"),
      ...AUTHORITY_FILE,
    },
    ready: exec("valkey-ready", self({ port: "redis" }), file("authority.pem"), file("password")),
    resources: { cpu: 0.25, memory: MEMORY, processes: 128 * copies },
    networks: ["app", "data"],
    priority: "second",
    tls: ["redis"],
    backup: "none",
  });
}

/** Clients work with data; nobody reconfigures, stops, redirects or loads code into the server over the network. */
const COMMANDS = "+@all -@admin +client|list";
/** What Sentinel needs to watch a server, to change its role, and to end the connections of a former primary. */
const SENTINEL_COMMANDS =
  "-@all +multi +exec +slaveof +replicaof +ping +subscribe +publish +role +info +config|rewrite +script|kill +client|setname +client|kill";

/** The logins, and the one by which replicas sign in; this file alone holds passwords. */
function users(replicated: boolean): Text {
  const always = joinText([
    text`user default on >${secret("redis")} ~* &* ${COMMANDS}\n`,
    text`user ${STATISTICS_USER} on >${secret("redis-exporter")} ${STATISTICS_COMMANDS}\n`,
  ]);
  if (!replicated) return always;
  return joinText([
    always,
    text`user sentinel on >${secret("redis-sentinel")} resetkeys &* ${SENTINEL_COMMANDS}\n`,
    text`user replica on >${secret("redis-replication")} resetkeys -@all +psync +replconf +ping\n`,
    text`user proxy on >${secret("redis-proxy")} resetkeys -@all +ping +info +quit\n`,
    text`masteruser replica\nmasterauth ${secret("redis-replication")}\n`,
  ]);
}

function configuration(copies: number): Text {
  return joinText([
    text`include ${file("users.conf")}\n`,
    text`tls-cert-file ${file("redis.pem")}\n`,
    text`tls-key-file ${file("redis.key")}\n`,
    text`tls-ca-cert-file ${file("authority.pem")}\n`,
    lines({
      "tls-auth-clients": "no",
      "tls-protocols": '"TLSv1.3"',
      "tls-replication": "yes",
      bind: "* -::*",
      dir: DATA,
      appendonly: "yes",
      // At most the last second is lost in a crash; "always" would wait for the disk at every write.
      appendfsync: "everysec",
      // The append-only file is the one copy of the data; a dump beside it would only cost.
      save: '""',
      // Half of the container's: a rewrite of the file forks, and pages written meanwhile exist twice.
      maxmemory: bytes(MEMORY) / 2,
      // Sessions and queues are not a cache: a full server must refuse writes, not forget some of them.
      "maxmemory-policy": "noeviction",
      "tcp-keepalive": 60,
      ...(copies > 1 && { "repl-diskless-sync-delay": 0, "repl-timeout": 10 }),
      // A primary that was cut off stops writing: Sentinel made another one. With one replica the price would be that its
      // loss stops the primary.
      ...(copies > 2 && { "min-replicas-to-write": 1, "min-replicas-max-lag": WRITES_WITHOUT_REPLICA_SECONDS }),
    }),
  ]);
}

function lines(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} ${value}\n`)
    .join("");
}
