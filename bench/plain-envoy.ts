// What the gateway is held against: an Envoy that only answers, and one that only passes on over TLS.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort, launchEnvoy, selfSigned } from "../infra/testing/envoy";
import { toolPath } from "../tools/recipe";

/** Envoy's threads, as the gateway has them. */
const CONCURRENCY = "2";

export interface PlainEnvoy {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const type = (name: string) => `type.googleapis.com/envoy.extensions.${name}`;
const router = { name: "router", typed_config: { "@type": type("filters.http.router.v3.Router") } };

/** Answers every request with the same short JSON. */
export function answeringEnvoy(): Promise<PlainEnvoy> {
  const body = { inline_string: JSON.stringify([{ id: 1, name: "one row" }]) };
  return plainEnvoy({ direct_response: { status: 200, body } }, [], undefined);
}

/** Ends TLS and passes every request on to a port, without any filter. */
export async function passingEnvoy(upstream: number): Promise<PlainEnvoy> {
  const { pem, key } = await selfSigned();
  const cluster = {
    name: "upstream",
    type: "STATIC",
    load_assignment: {
      cluster_name: "upstream",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(upstream) } }] }],
    },
  };
  const tls = {
    name: "tls",
    typed_config: {
      "@type": type("transport_sockets.tls.v3.DownstreamTlsContext"),
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: "TLSv1_3" },
        tls_certificates: [{ certificate_chain: { inline_string: pem }, private_key: { inline_string: key } }],
      },
    },
  };
  return plainEnvoy({ route: { cluster: "upstream" } }, [cluster], tls);
}

const socket = (port: number) => ({ socket_address: { address: "127.0.0.1", port_value: port } });

async function plainEnvoy(action: object, clusters: readonly object[], tls: object | undefined): Promise<PlainEnvoy> {
  const [port, ready] = [await freePort(), await freePort()];
  const listener = (name: string, at: number, what: object, transport: object | undefined) => ({
    name,
    address: socket(at),
    filter_chains: [
      {
        ...(transport && { transport_socket: transport }),
        filters: [
          {
            name: "http",
            typed_config: {
              "@type": type("filters.network.http_connection_manager.v3.HttpConnectionManager"),
              stat_prefix: name,
              http_filters: [router],
              route_config: {
                virtual_hosts: [{ name, domains: ["*"], routes: [{ match: { prefix: "/" }, ...what }] }],
              },
            },
          },
        ],
      },
    ],
  });
  const listeners = [
    listener("measured", port, action, tls),
    listener("ready", ready, { direct_response: { status: 200 } }, undefined),
  ];
  const folder = mkdtempSync(join(tmpdir(), "envoy-"));
  const file = join(folder, "envoy.yaml");
  writeFileSync(file, stringify({ static_resources: { listeners, clusters } }), { mode: 0o600 });
  const argv = ["--config-path", file, "--concurrency", CONCURRENCY, "--disable-hot-restart", "--log-level", "error"];
  const { stop } = await launchEnvoy(
    [toolPath("envoy"), ...argv],
    () => status(ready),
    () => rmSync(folder, { recursive: true, force: true }),
  );
  return { port, stop };
}

function status(port: number): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, agent: false }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0 });
    });
    asking.on("error", reject);
    asking.end();
  });
}
