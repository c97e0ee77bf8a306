// Supabase Realtime: database changes, broadcasts and presence over WebSockets.
import type { Environment } from "../environment";
import { AUTHORITY_FILE, DATABASE, PRIMARY } from "./addresses";
import { exec, file, type ServiceSpec, secret, self, service, text } from "./spec";

export type RealtimeArgs = Environment["realtime"];

/**
 * The one tenant. Realtime takes the tenant from the first label of the request's `Host`, so whoever stands in front sets it
 * to `REALTIME_HOST`. The name is upstream's own, which clients and its health check are tested with.
 */
export const REALTIME_TENANT = "realtime-dev";
/** What the gateway writes into `Host`; only the first label means anything. */
export const REALTIME_HOST = `${REALTIME_TENANT}.supabase-realtime`;

/**
 * Realtime. Sources: supabase/realtime v2.129.8, `config/runtime.exs`, `run.sh`, `rel/env.sh.eex`, `priv/repo/seeds.exs`.
 * Copies find each other through Postgres and join one Erlang cluster; each applies the migrations and writes the tenant anew,
 * so that a restart takes up new secrets. Two that collide there fail, and are started again.
 */
export function realtime(args: RealtimeArgs): ServiceSpec {
  return service("realtime", {
    purpose: "Sends database changes, broadcasts and presence over WebSockets (Supabase Realtime)",
    shape: "stateless",
    copies: args.copies,
    image: "realtime",
    args: ["/usr/bin/tini", "-s", "-g", "--", "/bin/sh", file("start")],
    env: {
      PORT: self({ port: "http" }),
      APP_NAME: "realtime",
      DB_HOST: PRIMARY.host,
      DB_PORT: PRIMARY.port,
      DB_NAME: DATABASE,
      DB_USER: "supabase_admin",
      DB_AFTER_CONNECT_QUERY: "SET search_path TO _realtime",
      DB_POOL_SIZE: "5",
      // Verified against the authority named here; without one, Realtime would encrypt and trust anybody.
      DB_SSL: "true",
      DB_SSL_CA_CERT: file("authority.pem"),
      DB_IP_VERSION: "ipv4",
      SELF_HOST_TENANT_NAME: REALTIME_TENANT,
      SEED_SELF_HOST: "true",
      RUN_JANITOR: "true",
      DISABLE_HEALTHCHECK_LOGGING: "true",
      RLIMIT_NOFILE: "10000",
      MAX_CONNECTIONS: "16384",
      TENANT_MAX_CONCURRENT_USERS: String(args.users),
      // Realtime counts per second, and its average is what it holds to: rounded down, never more than the minute allows.
      TENANT_MAX_EVENTS_PER_SECOND: String(Math.max(1, Math.floor(args.messagesPerMinute / 60))),
      TENANT_MAX_BYTES_PER_SECOND: String(args.bytesPerSecond),
      TENANT_MAX_CHANNELS_PER_CLIENT: String(args.channelsPerUser),
      TENANT_MAX_JOINS_PER_SECOND: String(args.joinsPerSecond),
      // The release writes its boot configuration where it was unpacked, which is read-only here.
      RELEASE_TMP: "/tmp",
      HOME: "/tmp",
      // The cluster: every port of it is known beforehand, so that it can be allowed and nothing else.
      CLUSTER_STRATEGIES: "POSTGRES",
      DNS_NODES: "''",
      NODE_HOST: self("host"),
      ERL_EPMD_PORT: self({ port: "epmd" }),
      GEN_RPC_TCP_SERVER_PORT: self({ port: "rpc" }),
      GEN_RPC_TCP_CLIENT_PORT: self({ port: "rpc" }),
      ERL_AFLAGS: text`-proto_dist inet_tcp -kernel inet_dist_listen_min ${self({ port: "distribution" })} inet_dist_listen_max ${self({ port: "distribution" })}`,
    },
    secretEnv: {
      DB_PASSWORD: secret("postgres-supabase-admin"),
      DB_ENC_KEY: secret("realtime-db-enc-key"),
      API_JWT_SECRET: secret("jwt-secret"),
      API_JWT_JWKS: secret("jwt-jwks"),
      METRICS_JWT_SECRET: secret("metrics-jwt-secret"),
      SECRET_KEY_BASE: secret("secret-key-base"),
      // The image carries a cookie that everybody can read: whoever reached the cluster's ports could run code in it.
      RELEASE_COOKIE: secret("realtime-cookie"),
    },
    ports: { http: 4000, epmd: 4369, rpc: 5369, distribution: 9102 },
    scratch: { "/tmp": "64 MiB" },
    files: { ...AUTHORITY_FILE, start: START, "probe-header": text`Authorization: Bearer ${secret("anon-key")}` },
    ready: {
      ...exec(
        ...[
          "curl",
          "--silent",
          "--fail",
          "--head",
          "--output",
          "/dev/null",
          "--header",
          text`@${file("probe-header")}`,
        ],
        text`http://localhost:${self({ port: "http" })}/api/tenants/${REALTIME_TENANT}/health`,
      ),
      // The first start migrates twice: Realtime's own schema, then the tenant's.
      startPeriod: "60 seconds",
    },
    after: { "postgres-setup": "done" },
    resources: { cpu: 0.5, memory: "1 GiB", processes: 1024 },
    networks: ["app", "data"],
    metrics: [{ port: "http", path: "/metrics", scheme: "http", token: "metrics-token" }],
  });
}

/**
 * What the image's own `run.sh` does, without its `sudo`, which needs privileges that no container of ours has. The seeds are
 * the image's, with one change: they tell Realtime to reach the tenant's database without TLS, which Postgres refuses.
 */
const START = `#!/bin/sh
# Starts Realtime: migrations, the tenant, the server.
set -eu
if ! [ "$(ulimit -n)" = unlimited ]; then ulimit -Sn "$RLIMIT_NOFILE" || true; fi
# The node's name needs an address, not a name.
POD_IP=$(getent ahostsv4 "$NODE_HOST" | awk 'NR == 1 { print $1 }')
export POD_IP ERL_CRASH_DUMP=/tmp/erl_crash.dump
/app/bin/migrate
sed 's/"ssl_enforced" => false/"ssl_enforced" => true/' /app/lib/realtime-*/priv/repo/seeds.exs > /tmp/seeds.exs
grep -q '"ssl_enforced" => true' /tmp/seeds.exs || { echo "the image's seeds have changed: read them anew" >&2; exit 1; }
/app/bin/realtime eval '
  {:ok, _} = Application.ensure_all_started(:realtime)
  {:ok, _, _} = Ecto.Migrator.with_repo(Realtime.Repo, fn _ -> Code.eval_file("/tmp/seeds.exs") end)
'
exec /app/bin/server
`;
