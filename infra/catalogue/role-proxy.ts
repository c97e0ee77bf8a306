// What the proxies that follow roles have in common: HAProxy, TLS passed through, members found by name and asked for their role.
import { file, type Text, text } from "./spec";

export interface RoleProxyArgs {
  /** Connections that it passes at once. */
  readonly maxConnections: number;
  readonly threads: number;
  /** How a member is asked, e.g. `check port 8008`; the question itself stands in each backend. */
  readonly check: string;
  readonly metricsPort: number;
}

/** The sections before the frontends and backends: process, resolver, defaults, metrics. */
export function roleProxy({ maxConnections, threads, check, metricsPort }: RoleProxyArgs): Text {
  return text`global
  log stdout format raw local0 notice
  maxconn ${maxConnections}
  nbthread ${threads}
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
  # A statement or a subscription may last for hours without a byte; keep-alive below finds peers that are gone.
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
  default-server ${check} check-ssl verify required ca-file ${file("authority.pem")} ssl-min-ver TLSv1.3
  default-server tcp-ut 10s resolvers platform resolve-prefer ipv4 init-addr last,libc,none

frontend metrics
  mode http
  bind :${metricsPort}
  timeout client 10s
  monitor-uri /ready
  http-request use-service prometheus-exporter if { path /metrics }
`;
}
