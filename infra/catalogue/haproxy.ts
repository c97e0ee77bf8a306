// HAProxy: the fixed addresses of "the primary" and "a replica", on platforms that do not follow Patroni's roles themselves.
import { POSTGRES_PORTS } from "./postgres";
import { certificate, exec, file, joinText, peers, type ServiceSpec, self, service, type Text, text } from "./spec";

export interface HaproxyArgs {
  /** Connections that one Postgres member accepts. */
  readonly maxConnections: number;
}

/** Two TCP ports that follow Patroni's roles. TLS passes through: clients verify Postgres itself. */
export function haproxy({ maxConnections }: HaproxyArgs): ServiceSpec {
  return service("haproxy", {
    purpose: "Sends connections to the Postgres member that holds the wanted role",
    shape: "stateless",
    image: "haproxy",
    ports: PORTS,
    routesRolesOf: { service: "postgres", roles: { primary: "primary", replica: "replica" } },
    files: {
      "haproxy.cfg": configuration(maxConnections),
      "authority.pem": certificate("authority", "certificate"),
    },
    ready: exec("curl", "--silent", "--fail", text`http://localhost:${self({ port: "metrics" })}/ready`),
    resources: { cpu: 0.5, memory: "128 MiB", processes: 256 },
    networks: ["data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}

const PORTS = { primary: 5000, replica: 5001, metrics: 8405 } as const;

function configuration(maxConnections: number): Text {
  return joinText([
    text`global
  log stdout format raw local0 notice
  maxconn ${4 * maxConnections}
  nbthread 2
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
  # A statement may run for hours without a byte; keep-alive below finds peers that are gone.
  timeout client 24h
  timeout server 24h
  option clitcpka
  clitcpka-idle 5s
  clitcpka-intvl 2s
  clitcpka-cnt 3
  option srvtcpka
  srvtcpka-idle 5s
  srvtcpka-intvl 2s
  srvtcpka-cnt 3
  # While a new primary is up already and the dead one not yet known to be down, connections move on from one to the other.
  retries 1
  option redispatch 1
  # A member that loses its role or its life takes its sessions with it: no client may stay on a former primary.
  default-server inter 1s fastinter 500ms downinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
  default-server check port ${POSTGRES_PORTS.patroni} check-ssl verify required ca-file ${file("authority.pem")} ssl-min-ver TLSv1.3
  default-server tcp-ut 10s resolvers platform resolve-prefer ipv4 init-addr last,libc,none

frontend primary
  bind :${PORTS.primary} tcp-ut 10s
  default_backend primary

frontend replica
  bind :${PORTS.replica} tcp-ut 10s
  # Without a replica, reads are better served by the primary than by nobody.
  use_backend replica if { nbsrv(replica) gt 0 }
  default_backend primary

frontend metrics
  mode http
  bind :${PORTS.metrics}
  timeout client 10s
  monitor-uri /ready
  http-request use-service prometheus-exporter if { path /metrics }
`,
    backend("primary", "roundrobin"),
    backend("replica", "leastconn"),
  ]);
}

/** The members that Patroni's REST API says hold `role`. */
function backend(role: "primary" | "replica", balance: string): Text {
  const members = peers("postgres", "sql", {
    format: "  server {name} {host}:{port} check-sni {host} verifyhost {host}",
    separator: "\n",
  });
  return text`
backend ${role}
  balance ${balance}
  option httpchk OPTIONS /${role}
  http-check expect status 200
  timeout check 2s
${members}
`;
}
