// The status document, folded from specs and the engine's containers.
import { expect, test } from "vitest";
import { exec, type ServiceName, type ServiceSpec, type Shape, service } from "../../infra/catalogue/spec";
import { parseEnvironment } from "../../infra/environment";
import type { StackContainer } from "./docker";
import { isWell, stackStatus } from "./status";

const environment = parseEnvironment("local", { platform: "docker", domain: "localhost" });
const spec = (name: ServiceName, copies = 1, shape: Shape = "stateful", more: Partial<ServiceSpec> = {}) =>
  service(name, {
    purpose: name,
    shape,
    copies,
    image: "valkey",
    resources: { cpu: 1, memory: "64 MiB", processes: 10 },
    networks: ["data"],
    ready: exec("true"),
    ...more,
  });
const container = (name: string, n: number, more: Partial<StackContainer> = {}): StackContainer => ({
  id: `${name}${n}`,
  name: `groundwork-local-${name}-${n}`,
  service: name,
  copy: `${name}-${n}`,
  status: "running",
  exitCode: 0,
  publishes: [],
  health: "healthy",
  ...more,
});
const stateOf = (service: ServiceSpec, containers: StackContainer[]) => {
  const [status] = stackStatus(environment, [service], containers).services;
  return [status?.state, status?.copies.ready];
};

test("is the document that `status --json` prints", () => {
  const route = { host: "storage", port: "api", entry: "https", protocol: "https", admin: false, limits: [] } as const;
  const services = [spec("redis"), spec("minio", 1, "stateful", { routes: [route] })];
  const status = stackStatus(environment, services, [container("redis", 0), container("minio", 0)]);
  expect(status).toEqual({
    stack: "local",
    platform: "docker",
    services: [
      { name: "redis", state: "healthy", copies: { wanted: 1, ready: 1 }, endpoints: [] },
      {
        name: "minio",
        state: "healthy",
        copies: { wanted: 1, ready: 1 },
        endpoints: [{ name: "storage", url: "https://storage.localhost:8443" }],
      },
    ],
  });
  expect(isWell(status)).toBe(true);
});

test("tells apart every state of a service with two copies", () => {
  const postgres = spec("postgres", 2);
  const well = container("postgres", 0);
  const other = (more: Partial<StackContainer>) => [well, container("postgres", 1, more)];
  expect([
    stateOf(postgres, []),
    stateOf(postgres, [well]),
    stateOf(postgres, other({})),
    stateOf(postgres, other({ health: "starting" })),
    stateOf(postgres, other({ health: "unhealthy" })),
    stateOf(postgres, other({ status: "paused" })),
    stateOf(postgres, [container("postgres", 0, { status: "exited" })]),
    stateOf(postgres, [container("postgres", 0, { status: "created" })]),
  ]).toEqual([
    ["missing", 0],
    ["degraded", 1],
    ["healthy", 2],
    ["starting", 1],
    ["degraded", 1],
    ["degraded", 1],
    ["down", 0],
    ["starting", 0],
  ]);
});

test("a job is done once it ended well, and not before", () => {
  const job = spec("minio-setup", 1, "job");
  const { health: _, ...plain } = container("minio-setup", 0);
  expect([
    stateOf(job, [{ ...plain, status: "created" }]),
    stateOf(job, [{ ...plain, status: "running" }]),
    stateOf(job, [{ ...plain, status: "exited" }]),
    stateOf(job, [{ ...plain, status: "exited", exitCode: 3 }]),
  ]).toEqual([
    ["starting", 0],
    ["starting", 0],
    ["done", 1],
    ["down", 0],
  ]);
});
