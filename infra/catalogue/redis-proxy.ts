// The address of "the Redis primary" where several servers run: HAProxy asks each for its role.
import { certificate, exec, file, peers, type ServiceSpec, secret, self, service, type Text, text } from "./spec";

const PORTS = { primary: 6379, metrics: 8405 } as const;

/** Two proxies in front of the servers. TLS passes through: clients verify the server itself. */
export function redisProxy(): ServiceSpec {
  return service("redis-proxy", {
    purpose: "Sends connections to the Redis server that is primary",
    shape: "stateless",
    copies: 2,
    image: "haproxy",
    ports: PORTS,
    routesRolesOf: { service: "redis", roles: { primary: "primary" } },
    files: { "haproxy.cfg": configuration(), "authority.pem": certificate("authority", "certificate") },
    ready: exec("curl", "--silent", "--fail", text`http://localhost:${self({ port: "metrics" })}/ready`),
    after: { redis: "ready" },
    resources: { cpu: 0.25, memory: "64 MiB", processes: 256 },
    networks: ["app", "data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}

function configuration(): Text {
  const servers = peers("redis", "redis", {
    format: "  server {name} {host}:{port} check-sni {host} verifyhost {host}",
    separator: "\n",
  });
  return text`global
  log stdout format raw local0 notice
  maxconn 4096
  nbthread 1
  hard-stop-after 5s

resolvers platform
  parse-resolv-conf
  timeout resolve 1s
  timeout retry 1s
  hold valid 1s
  hold obsolete 1s

defaults
  mode tcp
  log global
  timeout connect 1s
  # Subscribers may wait for hours; keep-alive finds peers that are gone.
  timeout client 24h
  timeout server 24h
  option clitcpka
  option srvtcpka
  srvtcpka-idle 5s
  srvtcpka-intvl 2s
  srvtcpka-cnt 3
  retries 1
  option redispatch 1
  # A server that is no longer primary takes its connections with it: no client may stay on it.
  default-server inter 1s fastinter 500ms downinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
  default-server check check-ssl verify required ca-file ${file("authority.pem")} ssl-min-ver TLSv1.3
  default-server tcp-ut 10s resolvers platform resolve-prefer ipv4 init-addr last,libc,none

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

frontend metrics
  mode http
  bind :${PORTS.metrics}
  timeout client 10s
  monitor-uri /ready
  http-request use-service prometheus-exporter if { path /metrics }
`;
}
