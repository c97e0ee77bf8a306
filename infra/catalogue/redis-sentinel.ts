// Sentinel: agrees with its peers which Redis server is primary, and makes a replica primary when it fails.
import { AUTHORITY_FILE } from "./addresses";
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

/** Three, so that two agree when one is lost. */
export const SENTINEL_COPIES = 3;
/** The name by which sentinels know the servers. */
const MASTER = "groundwork";
const DATA = "/data";

/** Three sentinels, whatever the number of servers they watch. */
export function sentinel(): ServiceSpec {
  return service("redis-sentinel", {
    purpose: "Keeps one Redis server primary (Sentinel)",
    shape: "stateful",
    copies: SENTINEL_COPIES,
    image: "valkey",
    args: ["valkey-sentinel-member", file("sentinel.conf"), self("host"), self({ port: "sentinel" })],
    ports: { sentinel: 26379 },
    env: {
      // Sentinels that wait for an address for two seconds judge nobody meanwhile ("tilt"), nor do those that find none: a lost
      // answer must cost one second, not the lookup. One attempt failed one in thirty lookups on a machine at its limit.
      RES_OPTIONS: "timeout:1 attempts:3",
      // Whom they watch before they have ever agreed on another one: the first of the servers.
      REDIS_SERVERS: peers("redis", "redis", { format: "{host} {port}", separator: "," }),
    },
    // What they agreed on outlives a restart of all of them: without it they would take the first server for primary again.
    volumes: { data: { mount: DATA, size: "64 MiB" } },
    files: {
      "sentinel.conf": configuration(),
      password: secret("redis-sentinel"),
      "sentinel.pem": certificate("redis-sentinel", "certificate"),
      "sentinel.key": certificate("redis-sentinel", "key"),
      ...AUTHORITY_FILE,
    },
    ready: exec("valkey-ready", self({ port: "sentinel" }), file("authority.pem"), file("password")),
    resources: { cpu: 0.1, memory: "64 MiB", processes: 256 },
    networks: ["data"],
  });
}

/** `@monitor@` stands for the line that says who is primary: the start script fills in what was agreed last. */
function configuration(): Text {
  return joinText([
    text`port 0
tls-cert-file ${file("sentinel.pem")}
tls-key-file ${file("sentinel.key")}
tls-ca-cert-file ${file("authority.pem")}
tls-auth-clients no
tls-protocols "TLSv1.3"
tls-replication yes
bind * -::*
dir ${DATA}
requirepass ${secret("redis-sentinel")}
sentinel sentinel-pass ${secret("redis-sentinel")}
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel deny-scripts-reconfig yes
@monitor@ ${Math.floor(SENTINEL_COPIES / 2) + 1}
sentinel auth-user ${MASTER} sentinel
sentinel auth-pass ${MASTER} ${secret("redis-sentinel")}
sentinel down-after-milliseconds ${MASTER} 2500
sentinel failover-timeout ${MASTER} 10000
sentinel parallel-syncs ${MASTER} 1
`,
  ]);
}
