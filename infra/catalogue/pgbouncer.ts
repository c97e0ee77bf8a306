// PgBouncer: many clients over few Postgres connections, once for writes and once for reads.
import { AUTHORITY_FILE } from "./addresses";
import { STATISTICS_USER } from "./pgbouncer-exporter";
import { QUICK_RESOLVER } from "./postgres";
import { certificate, endpoint, exec, file, type ServiceSpec, secret, self, service, type Text, text } from "./spec";

export interface PgbouncerArgs {
  /** The role of the Postgres member to connect to. */
  readonly role: "primary" | "replica";
  /** The stack's domain: clients outside verify `db.<domain>` or `db-replicas.<domain>`. */
  readonly domain: string;
  /** Connections that one Postgres member accepts. */
  readonly maxConnections: number;
}

/** One pooler in transaction mode. */
export function pgbouncer(name: "pgbouncer" | "pgbouncer-replicas", args: PgbouncerArgs): ServiceSpec {
  const { role, domain } = args;
  const [host, entry] =
    role === "primary" ? (["db", "postgres"] as const) : (["db-replicas", "postgresReplicas"] as const);
  return service(name, {
    purpose: role === "primary" ? "Pools connections to the primary" : "Pools connections to the replicas",
    shape: "stateless",
    image: "pgbouncer",
    ports: PORTS,
    env: QUICK_RESOLVER,
    scratch: { [SOCKETS]: "1 MiB" },
    files: {
      "pgbouncer.ini": configuration(args),
      "userlist.txt": text`"pgbouncer" "${secret("postgres-pgbouncer")}"\n"${STATISTICS_USER}" "${secret("pgbouncer-statistics")}"\n`,
      ...AUTHORITY_FILE,
      "pgbouncer.pem": certificate(name, "certificate"),
      "pgbouncer.key": certificate(name, "key"),
    },
    // The admin console answers on the local socket alone, to the server's own user.
    ready: exec(
      "psql",
      "--no-psqlrc",
      text`--port=${self({ port: "sql" })}`,
      `--host=${SOCKETS}`,
      "--username=pgbouncer",
      "--command=SHOW VERSION",
      "pgbouncer",
    ),
    after: { postgres: "ready", "postgres-setup": "done" },
    resources: { cpu: 0.5, memory: "128 MiB", processes: 256 },
    networks: ["app", "data"],
    routes: [{ host, port: "sql", entry, protocol: "postgres", admin: false, limits: [] }],
    certificateNames: [`${host}.${domain}`],
  });
}

const SOCKETS = "/run/pgbouncer";
const PORTS = { sql: 6432 } as const;

/**
 * What share of a member's connections each pooler may use. Both may meet on one member, since reads go to the primary while
 * no replica is up; the rest is for whoever connects directly: migrations, monitoring, people.
 */
const SHARES = { primary: 0.5, replica: 0.4 } as const;

function configuration({ role, maxConnections }: PgbouncerArgs): Text {
  const connections = Math.floor(maxConnections * SHARES[role]);
  return text`[databases]
* = host=${endpoint("postgres", role, "host")} port=${endpoint("postgres", role, "port")}

[pgbouncer]
listen_addr = *
listen_port = ${PORTS.sql}
unix_socket_dir = ${SOCKETS}
unix_socket_mode = 0700

client_tls_sslmode = require
client_tls_protocols = tlsv1.3
client_tls_cert_file = ${file("pgbouncer.pem")}
client_tls_key_file = ${file("pgbouncer.key")}
; Clients need no certificate, but PgBouncer does not start without a CA to verify the one that a client may send.
client_tls_ca_file = ${file("authority.pem")}
server_tls_sslmode = verify-full
server_tls_protocols = tlsv1.3
server_tls_ca_file = ${file("authority.pem")}

; Passwords stay in Postgres: the lookup role reads a user's SCRAM verifier, which also signs in to the server.
auth_type = scram-sha-256
auth_file = ${file("userlist.txt")}
auth_user = pgbouncer
auth_dbname = postgres
; Reads what the admin console shows, and changes nothing.
stats_users = ${STATISTICS_USER}
auth_query = SELECT username, password FROM pgbouncer.get_auth($1)

pool_mode = transaction
max_prepared_statements = 256
max_client_conn = ${maxConnections * 10}
max_db_connections = ${connections}
default_pool_size = ${Math.ceil(connections / 4)}
reserve_pool_size = ${Math.ceil(connections / 10)}
reserve_pool_timeout = 3
ignore_startup_parameters = extra_float_digits

; A failover takes seconds: try again often, notice vanished peers, and let clients wait for as long as it may take.
; Short, because HAProxy 3.0 neither finishes nor ends a connection that it was opening to a member just as it marked it down.
server_connect_timeout = 2
server_login_retry = 0.5
query_wait_timeout = 30
server_check_query = select 1
server_check_delay = 10
server_lifetime = ${role === "primary" ? 3600 : 300}
dns_max_ttl = 1
dns_nxdomain_ttl = 1
tcp_keepalive = 1
tcp_keepidle = 5
tcp_keepintvl = 2
tcp_keepcnt = 3
tcp_user_timeout = 10000

log_connections = 0
log_disconnections = 0
`;
}
