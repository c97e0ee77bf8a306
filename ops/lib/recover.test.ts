// What an interrupted run may leave behind, and the remedy for each.
import { expect, test } from "vitest";
import type { StackContainer } from "./docker";
import { describeRemedy, isForeign, planRecovery } from "./recover";
import { CONTAINER, NETWORK, type StackState, type StateResource, VOLUME } from "./state";

const resource = (type: string, name: string, id: string): StateResource => ({ urn: `urn:${type}::${name}`, type, id });
const state = (
  resources: StateResource[],
  pending: StackState["deployment"]["pending_operations"] = [],
): StackState => ({
  version: 3,
  deployment: { resources, pending_operations: pending },
});
const container = (id: string, status = "running"): StackContainer => ({
  id,
  name: `groundwork-local-${id}`,
  service: id,
  copy: `${id}-0`,
  status,
  exitCode: 0,
  publishes: [],
});
const nothing = { containers: [], networks: [], volumes: [] };

test("leaves a platform alone that is as its state says", () => {
  const known = [resource(CONTAINER, "redis-0", "redis"), resource(NETWORK, "data", "n1"), resource(VOLUME, "v", "v")];
  const objects = { containers: [container("redis")], networks: [{ id: "n1", name: "data" }], volumes: ["v"] };
  expect(planRecovery({ state: state(known), objects, jobs: [] })).toEqual([]);
  expect(planRecovery({ state: undefined, objects: nothing, jobs: [] })).toEqual([]);
});

test("removes containers and networks that no state knows, and keeps volumes", () => {
  const objects = { containers: [container("redis")], networks: [{ id: "n1", name: "data" }], volumes: ["v"] };
  const known = [resource("pulumi:pulumi:Stack", "groundwork-local", "")];
  expect(planRecovery({ state: state(known), objects, jobs: [] })).toEqual([
    { kind: "remove-container", id: "redis", name: "groundwork-local-redis" },
    { kind: "remove-network", id: "n1", name: "data" },
    { kind: "adopt-volume", name: "v" },
  ]);
});

test("tells what an interrupted first run left from what another checkout made", () => {
  const objects = { ...nothing, volumes: ["v"] };
  const begun = state([resource("pulumi:pulumi:Stack", "groundwork-local", "")]);
  expect(
    [undefined, state([]), begun].map((each) => [
      isForeign({ state: each, objects }),
      isForeign({ state: each, objects: nothing }),
    ]),
  ).toEqual([
    [true, false],
    [true, false],
    [false, false],
  ]);
});

test("forgets what had begun, starts what halted but for jobs, and looks again at what is gone", () => {
  const known = ["redis", "etcd", "minio-setup", "minio"].map((id) => resource(CONTAINER, `${id}-0`, id));
  const containers = [container("redis", "exited"), container("etcd", "paused"), container("minio-setup", "exited")];
  const pending = [{ type: "creating", resource: resource(CONTAINER, "traefik-0", "") }];
  const plan = planRecovery({
    state: state(known, pending),
    objects: { ...nothing, containers },
    jobs: ["minio-setup"],
  });
  expect(plan.map(describeRemedy)).toEqual([
    "forget what an interrupted run had begun: creating traefik-0",
    "start container groundwork-local-redis, which is exited",
    "start container groundwork-local-etcd, which is paused",
    "look again at what is gone: minio-0",
  ]);
});
