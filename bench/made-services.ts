// Platforms of any size, for measuring how work grows: services that exist nowhere, each referring to the one before.
import type { ServiceName, ServiceSpec } from "../infra/catalogue/spec";
import { endpoint, exec, file, secret, service, text } from "../infra/catalogue/spec";
import { parseEnvironment } from "../infra/environment";
import type { Platform, RenderContext } from "../infra/platforms/platform";

/** A stack of `count` services on a platform. */
export function madeContext<Rendered>({ name: platform }: Platform<Rendered>, count: number): RenderContext {
  const cluster = { context: "bench", apiServer: { ranges: ["10.0.0.10/32"] } };
  const environment = parseEnvironment("bench", {
    platform,
    domain: "example.org",
    protect: false,
    ...(platform === "kubernetes" && { kubernetes: cluster }),
  });
  const services = Array.from({ length: count }, (_, n) => made(n));
  return { environment, services, omitted: [], image: (image) => image };
}

function made(n: number): ServiceSpec {
  // The closed list of names is for services that exist; these only take up room.
  const name = (at: number) => `service-${at}` as ServiceName;
  return service(name(n), {
    purpose: "takes up room",
    shape: "stateless",
    image: "valkey",
    args: ["serve", file("settings")],
    ports: { http: 3000 },
    ...(n > 0 && { env: { UPSTREAM: endpoint(name(n - 1), "http") }, after: { [name(n - 1)]: "ready" } }),
    files: { settings: text`password ${secret("redis")}\n` },
    ready: exec("true"),
    resources: { cpu: 0.5, memory: "64 MiB", processes: 64 },
    networks: ["app"],
    routes: [{ host: `host-${n}`, port: "http", entry: "https", protocol: "http", admin: false, limits: ["general"] }],
    metrics: [{ port: "http", path: "/metrics", scheme: "http" }],
  });
}
