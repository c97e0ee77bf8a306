// The gateway as Envoy's configuration: listeners, filters in the order in which a request passes them, and clusters.
import { type ConfigValue, each, yamlText } from "./config-text";
import type { GatewayInput } from "./gateway";
import { httpFilters, router, typed } from "./gateway-envoy-filters";
import { virtualHosts } from "./gateway-envoy-routes";
import { UPSTREAMS, type Upstream, type UpstreamName } from "./gateway-routes";
import { file, type Text } from "./spec";

/** The whole configuration; it holds no secret. `admin` is the path of Envoy's own socket. */
export function envoyConfiguration(input: GatewayInput, admin: string): Text {
  return yamlText({
    admin: { address: { pipe: { path: admin, mode: 0o600 } } },
    overload_manager: {
      resource_monitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          typed_config: typed(
            "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
            { max_active_downstream_connections: 30_000 },
          ),
        },
      ],
    },
    static_resources: {
      listeners: [api(input), figures(input)],
      clusters: [
        ...input.present.map(cluster),
        { name: "admin", load_assignment: endpoints("admin", [{ endpoint: { address: { pipe: { path: admin } } } }]) },
      ],
    },
  });
}

function api(input: GatewayInput): ConfigValue {
  return listener("https", input.ports.https, {
    stat_prefix: "api",
    access_log: [accessLog()],
    // The client is who spoke to Traefik, and Traefik says what of: one hop is trusted.
    use_remote_address: true,
    xff_num_trusted_hops: 1,
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: "REJECT_REQUEST",
    common_http_protocol_options: { headers_with_underscores_action: "REJECT_REQUEST", idle_timeout: "3600s" },
    request_headers_timeout: "10s",
    // The largest file at 1.4 Mbit/s, as at the edge.
    request_timeout: "300s",
    // WebSockets send a heartbeat every half minute.
    stream_idle_timeout: "300s",
    server_name: "gateway",
    local_reply_config: {
      body_format: { json_format: { code: "%RESPONSE_CODE%", message: "%LOCAL_REPLY_BODY%" } },
    },
    http_filters: httpFilters(input),
    route_config: { name: "api", virtual_hosts: virtualHosts(input) },
  });
}

/** Figures for Prometheus and the probe's answer; of the administration behind them, these two paths alone. */
function figures(input: GatewayInput): ConfigValue {
  const paths = ["/stats/prometheus", "/ready"];
  return listener("metrics", input.ports.metrics, {
    stat_prefix: "metrics",
    http_filters: [router()],
    route_config: {
      name: "metrics",
      virtual_hosts: [
        {
          name: "metrics",
          domains: ["*"],
          routes: paths.map((path) => ({
            match: { path, headers: [{ name: ":method", string_match: { exact: "GET" } }] },
            route: { cluster: "admin" },
          })),
        },
      ],
    },
  });
}

function listener(name: string, port: number, manager: { readonly [key: string]: ConfigValue }): ConfigValue {
  const tls = {
    tls_params: { tls_minimum_protocol_version: "TLSv1_3", tls_maximum_protocol_version: "TLSv1_3" },
    tls_certificates: [
      { certificate_chain: { filename: file("gateway.pem") }, private_key: { filename: file("gateway.key") } },
    ],
    alpn_protocols: ["h2", "http/1.1"],
  };
  return {
    name,
    address: { socket_address: { address: "0.0.0.0", port_value: port } },
    per_connection_buffer_limit_bytes: 32_768,
    filter_chains: [
      {
        transport_socket: {
          name: "envoy.transport_sockets.tls",
          typed_config: typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", {
            common_tls_context: tls,
          }),
        },
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: typed(
              "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              manager,
            ),
          },
        ],
      },
    ],
  };
}

/** What of a request is logged: the name of its route, never its path, query, keys or address. */
function accessLog(): ConfigValue {
  return {
    name: "envoy.access_loggers.stdout",
    typed_config: typed("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", {
      log_format: {
        json_format: {
          time: "%START_TIME%",
          level: "info",
          route: "%ROUTE_NAME%",
          method: "%REQ(:METHOD)%",
          protocol: "%PROTOCOL%",
          status: "%RESPONSE_CODE%",
          reason: "%RESPONSE_CODE_DETAILS%",
          flags: "%RESPONSE_FLAGS%",
          milliseconds: "%DURATION%",
          received: "%BYTES_RECEIVED%",
          sent: "%BYTES_SENT%",
          upstream: "%UPSTREAM_CLUSTER%",
          request: "%REQ(X-REQUEST-ID)%",
        },
      },
    }),
  };
}

function cluster(name: UpstreamName): ConfigValue {
  const { port, health }: Upstream = UPSTREAMS[name];
  return {
    name,
    // Every name is a copy, or stands for all of them.
    cluster_type: {
      name: "envoy.cluster.dns",
      typed_config: typed("envoy.extensions.clusters.dns.v3.DnsCluster", {
        dns_lookup_family: "V4_PREFERRED",
        dns_refresh_rate: "5s",
      }),
    },
    connect_timeout: "2s",
    per_connection_buffer_limit_bytes: 32_768,
    load_assignment: endpoints(name, [
      each(name, port, {
        endpoint: { address: { socket_address: { address: "{host}", port_value: "{port}" } } },
      }),
    ]),
    health_checks: [
      {
        timeout: "3s",
        interval: "5s",
        no_traffic_interval: "5s",
        unhealthy_threshold: 3,
        healthy_threshold: 1,
        ...(health === undefined ? { tcp_health_check: {} } : { http_health_check: { path: health } }),
      },
    ],
    // Who cannot be reached is left out at once; answers of an application, even errors, put nobody out.
    outlier_detection: {
      split_external_local_origin_errors: true,
      consecutive_local_origin_failure: 3,
      enforcing_consecutive_5xx: 0,
      enforcing_consecutive_gateway_failure: 0,
      enforcing_success_rate: 0,
      base_ejection_time: "5s",
    },
  };
}

function endpoints(name: string, list: readonly ConfigValue[]): ConfigValue {
  return { cluster_name: name, endpoints: [{ lb_endpoints: list }] };
}
