// The address of "the Redis primary" where several servers run: HAProxy asks each for its role.
import { roleProxy } from "./role-proxy";
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

const PORTS = { primary: 6379, metrics: 8405 } as const;
/** Half of what the engine lets a container open, since each connection has two ends. */
const MAX_CONNECTIONS = 4096;

/** Two proxies in front of the servers. TLS passes through: clients verify the server itself. */
export function redisProxy(): ServiceSpec {
  return service("redis-proxy", {
    purpose: "Sends connections to the Redis server that is primary",
    shape: "stateless",
    copies: 2,
    image: "haproxy",
    args: ["/bin/sh", file("start")],
    ports: PORTS,
    routesRolesOf: { service: "redis", roles: { primary: "primary" } },
    files: { start: START, "haproxy.cfg": configuration(), "authority.pem": certificate("authority", "certificate") },
    ready: exec("curl", "--silent", "--fail", text`http://localhost:${self({ port: "metrics" })}/ready`),
    after: { redis: "ready" },
    resources: { cpu: 0.25, memory: "64 MiB", processes: 256 },
    networks: ["app", "data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}

/**
 * HAProxy asks DNS for names as they stand, while everybody else tries the search domains of the resolver: a cluster knows
 * `redis-0.redis-members.prod.svc` only with its own domain behind it.
 */
const START = `#!/bin/sh
# Starts HAProxy, told what a cluster's DNS wants behind names that end in .svc; elsewhere that is nothing.
DNS_SUFFIX=$(awk '$1 == "search" { for (i = 2; i <= NF; i++) if ($i ~ /^svc[.]/) print substr($i, 4) }' /etc/resolv.conf)
export DNS_SUFFIX
exec /usr/sbin/haproxy -f /etc/groundwork/haproxy.cfg
`;

function configuration(): Text {
  const servers = peers("redis", "redis", {
    format: `  server {name} {host}"\${DNS_SUFFIX}":{port} check-sni {host} verifyhost {host}`,
    separator: "\n",
  });
  return joinText([
    roleProxy({ maxConnections: MAX_CONNECTIONS, threads: 1, check: "check", metricsPort: PORTS.metrics }),
    text`
frontend primary
  bind :${PORTS.primary} tcp-ut 10s
  default_backend primary

backend primary
  option tcp-check
  tcp-check connect default
  tcp-check send "AUTH proxy ${secret("redis-proxy")}\\r\\n"
  tcp-check expect string +OK
  tcp-check send "INFO replication\\r\\n"
  tcp-check expect string role:master
  tcp-check send "QUIT\\r\\n"
  tcp-check expect string +OK
  timeout check 2s
${servers}
`,
  ]);
}
