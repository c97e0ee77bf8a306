// The Redis-protocol server: cache, sessions and queues. TLS only, one password, every write in an append-only file.
import { bytes, type Size } from "../lib/units";
import { certificate, exec, file, joinText, type ServiceSpec, secret, self, service, type Text, text } from "./spec";

export interface RedisArgs {
  /** Data volume; holds the append-only file, and twice that while it is rewritten. @default "1 GiB" */
  readonly storage?: Size;
}

const MEMORY: Size = "512 MiB";
const DATA = "/data";

/** One server. Clients connect to `endpoint("redis", "redis")` with TLS 1.3, our authority and the password `redis`. */
export function redis({ storage = "1 GiB" }: RedisArgs = {}): ServiceSpec {
  return service("redis", {
    purpose: "Cache, sessions and queues (Valkey)",
    shape: "stateful",
    image: "valkey",
    args: ["valkey-server", file("valkey.conf"), "--port", "0", "--tls-port", self({ port: "redis" })],
    ports: { redis: 6379 },
    volumes: { data: { mount: DATA, size: storage } },
    files: {
      "valkey.conf": configuration(),
      "users.conf": text`user default on >${secret("redis")} ~* &* ${COMMANDS}\n`,
      password: secret("redis"),
      "redis.pem": certificate("redis", "certificate"),
      "redis.key": certificate("redis", "key"),
      "authority.pem": certificate("authority", "certificate"),
    },
    ready: exec("valkey-ready", self({ port: "redis" }), file("authority.pem"), file("password")),
    resources: { cpu: 0.25, memory: MEMORY, processes: 128 },
    networks: ["app", "data"],
    backup: "none",
  });
}

/** Clients work with data; nobody reconfigures, stops, redirects or loads code into the server over the network. */
const COMMANDS = "+@all -@admin +client|list";

function configuration(): Text {
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
    }),
  ]);
}

function lines(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} ${value}\n`)
    .join("");
}
