// How long it takes to check and render a platform without Pulumi: stack prod against what is aimed at, and how it grows.
import { checkCatalogue } from "../infra/catalogue/check";
import type { ServiceName, ServiceSpec } from "../infra/catalogue/spec";
import { endpoint, exec, file, secret, service, text } from "../infra/catalogue/spec";
import { parseEnvironment } from "../infra/environment";
import { refuse } from "../infra/lib/errors";
import { docker } from "../infra/platforms/docker/docker";
import { kubernetes } from "../infra/platforms/kubernetes/kubernetes";
import { type Platform, type RenderContext, renderService } from "../infra/platforms/platform";
import { stackContext } from "../infra/testing/stack-context";
import { type Measure, type Measurement, median } from "./measurement";

const ROUNDS = 9;
const GROWTH_ROUNDS = 3;
/** What prod may take: too short to be noticed beside anything else that `up` and `preview` do. */
const AIM = 0.1;

export const measureRender: Measure = async (report) => {
  report(`${ROUNDS + 1} runs of each`);
  const prod = () => renderAll(kubernetes, stackContext("prod", kubernetes));
  const taken = Array.from({ length: ROUNDS + 1 }, () => processorSeconds(prod));
  return [
    {
      name: "render",
      about: "stack prod: values read, everything checked and rendered, without Pulumi",
      value: median(taken.slice(1)),
      unit: "s",
      peer: { name: "the aim", value: AIM },
    },
    growth(docker),
    growth(kubernetes),
  ];
};

/** Ten times the services: ten times the work, if nothing grows faster than the catalogue. */
function growth<Rendered>(platform: Platform<Rendered>): Measurement {
  const [large, small] = [contextOf(platform, 1000), contextOf(platform, 100)];
  const run = (context: RenderContext) => () => {
    refuse(checkCatalogue(context.services, platform.provides));
    renderAll(platform, context);
  };
  const taken = (context: RenderContext) =>
    median(Array.from({ length: GROWTH_ROUNDS + 1 }, () => processorSeconds(run(context))).slice(1));
  const [value, peer] = [taken(large), taken(small)];
  return {
    name: "render-growth",
    about: `1,000 services checked and rendered for ${platform.name} ÷ 100`,
    value,
    unit: "s",
    peer: { name: "10 × is in proportion", value: peer },
  };
}

/** Seconds of the processor: nothing here waits, and other work on the machine does not count. */
function processorSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function renderAll<Rendered>(platform: Platform<Rendered>, context: RenderContext): void {
  for (const spec of context.services) renderService(platform, spec, context);
}

/** The values of stack local with `count` services, each of which refers to the one before. */
function contextOf<Rendered>({ name: platform }: Platform<Rendered>, count: number): RenderContext {
  const cluster = { context: "bench", apiServer: { ranges: ["10.0.0.10/32"] } };
  const environment = parseEnvironment("bench", {
    platform,
    domain: "example.org",
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
