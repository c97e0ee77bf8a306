// Patroni's configuration: the cluster's rules, each member's Postgres settings, who may connect.
import { bytes, mebibytes, type Size } from "../lib/units";
import { type ConfigValue, yamlText } from "./config-text";
import { file, peers, secret, type Text } from "./spec";

export interface PatroniArgs {
  readonly members: number;
  readonly synchronous: boolean;
  readonly storage: Size;
  readonly maxConnections: number;
  readonly consensus: boolean;
  /** A member's memory limit, which its buffers are sized by. */
  readonly memory: Size;
  readonly ports: { readonly sql: number; readonly patroni: number };
  /** Data directory. */
  readonly data: string;
  /** Directory of the local socket. */
  readonly sockets: string;
}

/** The file `patroni.yml`. Name and addresses of a member come from its environment. */
export function patroniConfiguration(args: PatroniArgs): Text {
  const { consensus, ports, data, sockets } = args;
  const tls = { cacert: file("authority.pem"), cert: file("postgres.pem"), key: file("postgres.key") };
  return yamlText({
    scope: "groundwork",
    // Where the cluster's records lie in etcd. Elsewhere Patroni would take it for the platform's namespace.
    ...(!consensus && { namespace: "/service/" }),
    ...(!consensus && { etcd3: { hosts: peers("etcd", "client"), protocol: "https", ...tls } }),
    restapi: {
      listen: `0.0.0.0:${ports.patroni}`,
      certfile: tls.cert,
      keyfile: tls.key,
      // Reading is free inside the data network; what changes anything needs the password.
      authentication: { username: "patroni", password: secret("patroni-api") },
    },
    ctl: { cacert: tls.cacert, authentication: { username: "patroni", password: secret("patroni-api") } },
    watchdog: { mode: false },
    bootstrap: {
      dcs: clusterSettings(args),
      initdb: [
        { encoding: "UTF8" },
        // Sorts by code point, whatever C library a later image brings.
        { "locale-provider": "builtin" },
        { "builtin-locale": "C.UTF-8" },
        { locale: "C.UTF-8" },
        "data-checksums",
        { "auth-local": "peer" },
        { "auth-host": "scram-sha-256" },
      ],
      post_init: "/usr/local/bin/post-init",
    },
    postgresql: {
      listen: `0.0.0.0:${ports.sql}`,
      data_dir: data,
      bin_dir: "/usr/lib/postgresql/17/bin",
      pgpass: "/tmp/pgpass",
      use_unix_socket: true,
      use_unix_socket_repl: false,
      authentication: {
        superuser: login("postgres", secret("postgres-superuser")),
        replication: login("replicator", secret("postgres-replication")),
        rewind: login("rewind", secret("postgres-rewind")),
      },
      callbacks: { on_start: "/usr/local/bin/member-started", on_role_change: "/usr/local/bin/member-started" },
      basebackup: [{ checkpoint: "fast" }],
      // A former primary rejoins by itself, by a new copy where rewinding fails.
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
      pg_hba: [
        "local all postgres peer",
        "hostssl replication replicator all scram-sha-256",
        // The one login without a password: its certificate bears its name.
        "hostssl postgres postgres-setup all cert",
        "hostssl all postgres-setup all reject",
        "hostssl all all all scram-sha-256",
      ],
      parameters: memberParameters(args, sockets),
    },
  });
}

function login(username: string, password: ConfigValue): ConfigValue {
  return { username, password, sslmode: "verify-full", sslrootcert: file("authority.pem") };
}

/** Settings that all members share; they live in the consensus store and follow this file at every member's start. */
function clusterSettings({ members, synchronous, maxConnections, storage }: PatroniArgs): ConfigValue {
  return {
    // Patroni's least `ttl`, and the largest timeout for the store that fits: ttl >= loop_wait + 2 * retry_timeout.
    ttl: 20,
    loop_wait: 1,
    retry_timeout: 9,
    maximum_lag_on_failover: 2 ** 20,
    // Time for a crashed primary to recover in place, before a replica takes over.
    primary_start_timeout: 20,
    synchronous_mode: synchronous && members > 1,
    // While the store is away, a primary that reaches every member stays one.
    failsafe_mode: true,
    postgresql: {
      use_pg_rewind: true,
      use_slots: true,
      parameters: {
        max_connections: maxConnections,
        max_worker_processes: 16,
        max_wal_senders: 16,
        max_replication_slots: 16,
        wal_level: "logical",
        wal_keep_size: "256MB",
        // A replica that stays away too long is copied anew rather than filling the primary's volume.
        max_slot_wal_keep_size: `${Math.floor(mebibytes(storage) / 4)}MB`,
        hot_standby: true,
      },
    },
  };
}

function memberParameters({ memory }: PatroniArgs, sockets: string): ConfigValue {
  const share = (divisor: number) => `${Math.floor(bytes(memory) / divisor / 2 ** 20)}MB`;
  return {
    shared_buffers: share(4),
    effective_cache_size: share(2),
    maintenance_work_mem: share(32),
    max_wal_size: "1GB",
    wal_compression: "lz4",
    unix_socket_directories: sockets,

    password_encryption: "scram-sha-256",
    ssl: true,
    ssl_ca_file: file("authority.pem"),
    ssl_cert_file: file("postgres.pem"),
    ssl_key_file: file("postgres.key"),
    ssl_min_protocol_version: "TLSv1.3",

    // What logins with REPLICATION that are no superusers may decode the log with: Realtime needs both.
    output_plugin_libraries: "pgoutput,wal2json",
    shared_preload_libraries: "pg_stat_statements,pgaudit,pg_cron",
    "cron.database_name": "postgres",
    // Jobs run inside the server: by its default pg_cron would have to sign in over the network.
    "cron.use_background_workers": true,
    "pgaudit.log": "ddl,role",

    // Peers that vanished are noticed within ten seconds; a replica that does not answer stops holding commits back sooner.
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 2,
    tcp_keepalives_count: 3,
    tcp_user_timeout: "10s",
    client_connection_check_interval: "5s",
    wal_sender_timeout: "6s",
    wal_receiver_timeout: "6s",
    wal_receiver_status_interval: "2s",
    wal_retrieve_retry_interval: "1s",
    hot_standby_feedback: true,

    timezone: "UTC",
    log_timezone: "UTC",
    log_destination: "stderr",
    logging_collector: false,
    log_line_prefix: "%m [%p] %q%u@%d %a ",
    log_lock_waits: true,
    log_checkpoints: true,
    track_io_timing: true,
    // No user data in logs: neither failed statements nor the values that errors quote in their details.
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
  };
}
