// What the committed stacks need, held against the machines that README.md recommends.
import { expect, test } from "vitest";
import { docker } from "../platforms/docker/docker";
import { kubernetes } from "../platforms/kubernetes/kubernetes";
import { stackContext } from "../testing/stack-context";
import { demandOf, poolDemands, smallestHost } from "./capacity";
import { exec, service } from "./spec";

const onOneHost = (stack: string) => stackContext(stack, docker).services;
const onCluster = (stack: string) => stackContext(stack, kubernetes).services;

test("a demand is what all copies reserve; jobs count nothing", () => {
  const common = { purpose: "test", image: "valkey", networks: ["data"], ready: exec("true") } as const;
  const resources = { cpu: 1, memory: "1 GiB", processes: 64 } as const;
  const keeper = service("redis", {
    ...common,
    resources: { ...resources, reserved: { cpu: 0.5, memory: "768 MiB" } },
    shape: "stateful",
    copies: 3,
    volumes: { data: { mount: "/data", size: "2 GiB" } },
  });
  const job = service("minio-setup", { ...common, resources, shape: "job" });
  expect(demandOf([keeper, job])).toEqual({ cores: 1.5, memory: 2304, disk: 6 });
});

test("a stack on one host fits a machine for 1,000 users", () => {
  for (const stack of ["local", "dev"]) expect([stack, smallestHost(onOneHost(stack))?.users]).toEqual([stack, 1_000]);
});

test("a host for 10,000 users holds every service, with a replica and an object store that survives a node", () => {
  const { services } = stackContext("dev", docker, {
    postgres: { members: 2, synchronous: true },
    minio: { nodes: 4, drives: 1, parity: 2 },
  });
  expect(smallestHost(services)?.users).toBe(10_000);
});

test("what no machine of the table holds is not promised", () => {
  expect(smallestHost(onCluster("prod"))).toBeUndefined();
});

test("staging and prod fit machines of three kinds", () => {
  const machines = (stack: string, apart: boolean) =>
    Object.fromEntries(poolDemands(onCluster(stack), apart).map(({ pool, machines }) => [pool, machines]));
  expect(machines("staging", false)).toEqual({ application: 2, database: 1, storage: 1 });
  expect(machines("prod", true)).toEqual({ application: 3, database: 3, storage: 4 });
});

test("a copy that is too big for its kind of machine is not promised either", () => {
  const big = service("minio", {
    purpose: "test",
    shape: "stateful",
    image: "minio",
    networks: ["data"],
    resources: { cpu: 1, memory: "1 GiB", processes: 64 },
    volumes: { data: { mount: "/data", size: "2 TiB" } },
  });
  const [, , storage] = poolDemands([big], false);
  expect(storage).toMatchObject({ pool: "storage", machines: undefined });
});
