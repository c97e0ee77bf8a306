// HAProxy: the fixed addresses of "the primary" and "a replica", on platforms that do not follow Patroni's roles themselves.
import { AUTHORITY_FILE } from "./addresses";
import { POSTGRES_PORTS } from "./postgres";
import { roleProxy } from "./role-proxy";
import { exec, joinText, peers, type ServiceSpec, self, service, type Text, text } from "./spec";

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
      ...AUTHORITY_FILE,
    },
    ready: exec("curl", "--silent", "--fail", text`http://localhost:${self({ port: "metrics" })}/ready`),
    resources: { cpu: 0.5, memory: "128 MiB", processes: 256 },
    networks: ["data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}

const PORTS = { primary: 5000, replica: 5001, metrics: 8405 } as const;

function configuration(maxConnections: number): Text {
  const check = `check port ${POSTGRES_PORTS.patroni}`;
  return joinText([
    roleProxy({ maxConnections: 4 * maxConnections, threads: 2, check, metricsPort: PORTS.metrics }),
    text`
frontend primary
  bind :${PORTS.primary} tcp-ut 10s
  default_backend primary

frontend replica
  bind :${PORTS.replica} tcp-ut 10s
  # Without a replica, reads are better served by the primary than by nobody.
  use_backend replica if { nbsrv(replica) gt 0 }
  default_backend primary
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
