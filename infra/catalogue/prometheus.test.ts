// Prometheus' configuration: what it asks, how it proves to be allowed to, and that nothing with metrics is left out.
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { docker } from "../platforms/docker/docker";
import { flatten } from "../platforms/flatten";
import { STACKS_ON, stackContext } from "../testing/stack-context";
import { prometheus, type Scraped } from "./prometheus";
import { type Provides, type ServiceSpec, secret } from "./spec";

interface Job {
  readonly job_name: string;
  readonly metrics_path: string;
  readonly scheme: string;
  readonly tls_config?: { readonly ca_file: string; readonly server_name?: string };
  readonly authorization?: { readonly credentials_file: string };
  readonly static_configs: readonly { readonly targets: readonly string[]; readonly labels: Record<string, string> }[];
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
  readonly relabel_configs?: readonly { readonly target_label: string; readonly replacement?: string }[];
}
interface Configuration {
  readonly global: Record<string, unknown>;
  readonly scrape_configs: readonly Job[];
}

const ARGS = {
  stack: "test",
  url: "https://prometheus.test",
  retention: "30 days",
  storage: "10 GiB",
  unnamedCopies: [],
} as const;

/** The configuration with two copies of every service, at made-up addresses. */
function configuration(spec: ServiceSpec): Configuration {
  const pieces = flatten(spec.files["prometheus.yml"] ?? "", {
    self: () => "",
    address: ({ ref, service }) =>
      (ref === "peers" ? [0, 1] : [undefined]).map((i) => {
        const name = i === undefined ? service : `${service}-${i}`;
        return { name, host: name, port: 1 };
      }),
  });
  return parse(pieces.join(""));
}
type Asked = Pick<Scraped, "name" | "metrics"> & Partial<Scraped>;
const jobs = (asked: Asked, unnamedCopies: Provides["unnamedCopies"] = []) =>
  configuration(prometheus({ ...ARGS, unnamedCopies, services: [{ shape: "stateless", ...asked }] })).scrape_configs;

test("it asks and evaluates every 15 seconds, and keeps what its values say", () => {
  const spec = prometheus({ ...ARGS, services: [] });
  expect(configuration(spec).global).toMatchObject({ scrape_interval: "15s", evaluation_interval: "15s" });
  expect(spec.args).toEqual(
    expect.arrayContaining(["--storage.tsdb.retention.time=720h", "--storage.tsdb.retention.size=8192MB"]),
  );
});

test("every copy is a target of its own, with stack, service and copy", () => {
  const [job] = jobs({ name: "etcd", metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }] });
  expect(job?.static_configs).toEqual([
    { targets: ["etcd-0:1"], labels: { stack: "test", service: "etcd", copy: "etcd-0" } },
    { targets: ["etcd-1:1"], labels: { stack: "test", service: "etcd", copy: "etcd-1" } },
  ]);
  expect(job?.tls_config).toBeUndefined();
});

test("where copies have no names, DNS says where each is, and a certificate is that of them all", () => {
  const metrics = [{ port: "metrics", path: "/metrics", scheme: "https" }] as const;
  const [job] = jobs({ name: "gateway", metrics }, ["stateless", "daemon"]);
  expect(job).toEqual({
    job_name: "gateway",
    metrics_path: "/metrics",
    scheme: "https",
    tls_config: { ca_file: "/etc/groundwork/authority.pem", server_name: "gateway" },
    dns_sd_configs: [{ names: ["gateway"], type: "A", port: 1, refresh_interval: "15s" }],
    relabel_configs: [
      { target_label: "stack", replacement: "test" },
      { target_label: "service", replacement: "gateway" },
      { source_labels: ["__address__"], regex: "(.+):\\d+", target_label: "copy" },
    ],
  });
  const [named] = jobs({ name: "etcd", shape: "stateful", metrics }, ["stateless", "daemon"]);
  expect(named?.static_configs).toHaveLength(2);
});

test("of what any copy can tell, one is asked", () => {
  const [job] = jobs({ name: "minio", metrics: [{ port: "api", path: "/cluster", scheme: "https", shared: true }] });
  expect(job?.static_configs).toEqual([{ targets: ["minio:1"], labels: { stack: "test", service: "minio" } }]);
  expect(job?.tls_config).toEqual({ ca_file: "/etc/groundwork/authority.pem" });
});

test("a token is a file that is delivered as a secret", () => {
  const metrics = [{ port: "http", path: "/metrics", scheme: "http", token: "metrics-token" }] as const;
  const spec = prometheus({ ...ARGS, services: [{ name: "realtime", shape: "stateless", metrics }] });
  expect(configuration(spec).scrape_configs[0]?.authorization).toEqual({
    credentials_file: "/etc/groundwork/tokens/metrics-token",
  });
  expect(spec.files["tokens/metrics-token"]).toEqual(secret("metrics-token"));
});

test("an exporter is asked once for each copy of what it asks", () => {
  const asked = {
    service: "redis",
    port: "redis",
    target: "rediss://{address}",
    parameters: { module: "m" },
    labels: {},
  } as const;
  const [job] = jobs({
    name: "redis-exporter",
    metrics: [{ port: "metrics", path: "/scrape", scheme: "https", asks: [asked] }],
  });
  expect(job?.static_configs.map(({ targets, labels }) => [targets, labels.copy, labels.__param_module])).toEqual([
    [["redis-0:1"], "redis-0", "m"],
    [["redis-1:1"], "redis-1", "m"],
  ]);
  expect(job?.relabel_configs?.map(({ target_label, replacement }) => [target_label, replacement])).toEqual([
    ["instance", undefined],
    ["__param_target", "rediss://$1"],
    ["__address__", "redis-exporter:1"],
  ]);
});

describe.each(STACKS_ON.docker)("stack %s", (stack) => {
  const { services } = stackContext(stack, docker);
  const found = services.find(({ name }) => name === "prometheus");

  test("every service with metrics is asked, and nothing else", () => {
    const wanted = services.flatMap(({ name, metrics }) =>
      metrics.filter(({ asks }) => asks === undefined || asks.length > 0).map(({ job = name }) => job),
    );
    const { scrape_configs } = configuration(found as ServiceSpec);
    expect(scrape_configs.map(({ job_name }) => job_name).sort()).toEqual([...wanted].sort());
  });

  test("every certificate and every open route is watched", () => {
    const prober = services.find(({ name }) => name === "blackbox-exporter");
    const watched = prober?.metrics.flatMap(({ asks = [] }) => asks) ?? [];
    const ports = services.flatMap(({ name, tls }) => tls.map((port) => `${name} ${port}`));
    expect(watched.flatMap(({ service, labels }) => (labels.port ? [`${service} ${labels.port}`] : [])).sort()).toEqual(
      ports.sort(),
    );
    const routes = services.flatMap(({ routes }) => routes).filter(({ entry, admin }) => entry === "https" && !admin);
    expect(watched.flatMap(({ labels }) => labels.route ?? []).sort()).toEqual(routes.map(({ host }) => host).sort());
  });
});
