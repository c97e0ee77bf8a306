// Each cross-service rule, broken once. A sound pair of services is the ground; every case changes one thing.
import { expect, test } from "vitest";
import { formatProblem } from "../lib/errors";
import { checkCatalogue } from "./check";
import {
  certificate,
  endpoint,
  exec,
  file,
  type Provides,
  peers,
  type ServiceArgs,
  type ServiceSpec,
  secret,
  self,
  service,
} from "./spec";

const ROUTE = { host: "cache", port: "redis", entry: "https", protocol: "http", admin: false, limits: [] } as const;
const provides: Provides = {
  unnamedCopies: [],
  consensus: false,
  roleRouting: false,
  logs: { files: "/logs/*.log", format: "docker" },
};
const base: ServiceArgs = {
  purpose: "a test",
  shape: "stateless",
  image: "etcd",
  resources: { cpu: 1, memory: "64 MiB", processes: 64 },
  networks: ["data"],
};
const etcd = (change: Partial<ServiceSpec> = {}) =>
  service("etcd", {
    ...base,
    shape: "stateful",
    ports: { client: 2379 },
    volumes: { data: { mount: "/data", size: "1 GiB" } },
    ready: exec("true"),
    ...change,
  });
const redis = (change: Partial<ServiceSpec> = {}) => service("redis", { ...base, ports: { redis: 6379 }, ...change });
const found = (...services: ServiceSpec[]) => checkCatalogue(services, provides).map(formatProblem);

test("a sound catalogue has no problem", () => {
  expect(found(etcd(), redis({ after: { etcd: "ready" }, env: { ETCD: endpoint("etcd", "client") } }))).toEqual([]);
});

test.each<[string, ServiceSpec[], string[]]>([
  ["no copies", [redis({ copies: 0 })], ["redis/copies: must be 1 or more, got 0"]],
  [
    "no resources",
    [redis({ resources: { cpu: 0, memory: "1 MiB", processes: 0 } })],
    ["redis/resources/cpu: must be above 0 cores, got 0", "redis/resources/processes: must be 1 or more, got 0"],
  ],
  ["a name twice", [redis(), redis()], ["redis: stands twice in the catalogue"]],
  [
    "a stateful service without data",
    [etcd({ volumes: {} })],
    ["etcd/volumes: a stateful service needs a volume\n  hint: state the shape that fits the data"],
  ],
  [
    "two volumes at one place",
    [etcd({ volumes: { a: { mount: "/data", size: "1 GiB" }, b: { mount: "/data", size: "1 GiB" } } })],
    ["etcd/volumes: two volumes are mounted at one place"],
  ],
  [
    "a secret in the environment and a key in the arguments",
    [redis({ env: { PASSWORD: secret("redis") }, args: [certificate("redis", "key")] })],
    ["args/0", "env/PASSWORD"].map(
      (path) =>
        `redis/${path}: holds a secret or certificate, and would show it to whoever can inspect the container\n` +
        "  hint: deliver it in `files` and refer to it with file(name)",
    ),
  ],
  [
    "a copy's own name in a shared file",
    [redis({ files: { conf: self("name") } })],
    [
      "redis/files: refers to the copy itself, but all copies share their files\n" +
        "  hint: pass self(…) in env or args",
    ],
  ],
  [
    "a file that is not delivered",
    [redis({ args: [file("conf")] })],
    ["redis/files/conf: is referred to but not delivered"],
  ],
  [
    "an unknown service and an unknown port",
    [etcd(), redis({ args: [endpoint("minio", "api"), peers("etcd", "sql")] })],
    [
      "redis → minio/api: the service is not part of this stack",
      "redis → etcd/sql: is neither a port nor a role\n  hint: it has client",
    ],
  ],
  [
    "a role that nothing routes",
    [etcd({ copies: 3, roles: { leader: "client" } }), redis({ args: [endpoint("etcd", "leader")] })],
    ["redis → etcd/leader: nothing routes this role\n  hint: add a service with routesRolesOf"],
  ],
  [
    "no network in common",
    [etcd(), redis({ networks: ["app"], args: [endpoint("etcd", "client")] })],
    [
      "redis → etcd/client: no network joins them: app against data\n" +
        "  hint: put one of them on a network of the other",
    ],
  ],
  [
    "a port that does not exist",
    [redis({ metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }] })],
    ["redis/metrics: names the port metrics, which is not in its ports"],
  ],
  [
    "an order that cannot be",
    [redis({ after: { etcd: "ready", minio: "ready" } }), etcd({ after: { redis: "done" } })],
    [
      "redis/after/etcd: stands later in the catalogue\n  hint: order the catalogue by `after`",
      "redis/after/minio: is not part of this stack",
      "etcd/after/redis: a stateless service is never done",
    ],
  ],
  [
    "waiting for what has no probe",
    [redis(), service("traefik", { ...base, after: { redis: "ready" } })],
    ["traefik/after/redis: has no probe, so it is never known to be ready"],
  ],
  [
    "one host name for two routes",
    [redis({ routes: ["https", "https"].map(() => ROUTE) })],
    ["redis/routes/cache: two routes have this host", "redis/routes/cache: two routes have this host"],
  ],
  [
    "two routes at one Postgres port, and one of the wrong protocol",
    [
      redis({
        routes: [
          { ...ROUTE, host: "a", entry: "postgres" },
          { ...ROUTE, host: "b", entry: "postgres", protocol: "postgres" },
        ],
      }),
    ],
    [
      "redis/routes/a: two routes enter by postgres, where no host name tells them apart",
      "redis/routes/a: http cannot enter by postgres",
      "redis/routes/b: two routes enter by postgres, where no host name tells them apart",
    ],
  ],
  [
    "publishing behind the edge, and one host port twice",
    [
      redis({ publish: { redis: 8080 } }),
      service("traefik", { ...base, networks: ["edge"], ports: { web: 80 }, publish: { web: 8080 } }),
    ],
    [
      "redis/publish: publishes ports without being on the edge",
      "redis/publish: host port 8080 is taken twice",
      "traefik/publish: host port 8080 is taken twice",
    ],
  ],
])("reports %s", (_, services, problems) => {
  expect(found(...services)).toEqual(problems);
});
