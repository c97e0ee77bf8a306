// What an interrupted run may leave on a cluster, and the remedy for each.
import { expect, test } from "vitest";
import type { StackObject } from "./cluster";
import { describeClusterRemedy, planClusterRecovery } from "./cluster-recovery";
import type { StackState, StateResource } from "./state";

const resource = (type: string, name: string, id: string): StateResource => ({ urn: `urn:${type}::${name}`, type, id });
const state = (
  resources: StateResource[],
  pending: StackState["deployment"]["pending_operations"] = [],
): StackState => ({ version: 3, deployment: { resources, pending_operations: pending } });
const object = (kind: string, id: string, owned = false): StackObject => ({
  apiVersion: "v1",
  kind,
  id,
  path: id,
  owned,
});

const SECRET = "kubernetes:core/v1:Secret";

test("leaves a cluster alone that is as its state says", () => {
  const known = [
    resource(SECRET, "redis/secret", "n/redis"),
    resource("random:index/randomPassword:RandomPassword", "p", "none"),
  ];
  expect(planClusterRecovery({ state: state(known), objects: [object("Secret", "n/redis")] })).toEqual([]);
  expect(planClusterRecovery({ state: undefined, objects: [] })).toEqual([]);
});

test("takes over objects without a record, but neither data nor what other objects made", () => {
  const objects = [
    object("Secret", "n/a"),
    object("PersistentVolumeClaim", "n/data-a-0"),
    object("Job", "n/scheduled-1", true),
  ];
  const plan = planClusterRecovery({ state: state([]), objects });
  expect(plan).toEqual([{ kind: "adopt", objects: ["Secret n/a"] }]);
  expect(plan.map(describeClusterRemedy)).toEqual(["take over what no state knows: Secret n/a"]);
});

test("forgets what had begun, and looks again at what is gone", () => {
  const gone = resource(SECRET, "redis/secret", "n/redis");
  const pending = [{ type: "creating", resource: resource(SECRET, "minio/secret", "") }];
  const plan = planClusterRecovery({ state: state([gone], pending), objects: [] });
  expect(plan).toEqual([
    { kind: "forget", operations: ["creating minio/secret"] },
    { kind: "refresh", missing: ["redis/secret"] },
  ]);
  expect(plan.map(describeClusterRemedy)).toEqual([
    "forget what an interrupted run had begun: creating minio/secret",
    "look again at what is gone: redis/secret",
  ]);
});
