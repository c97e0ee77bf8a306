// When objects count as ready, and what is said of those that do not come up. Objects as a server had recorded them.
import { expect, test } from "vitest";
import type { Live } from "./identity";
import { crashed, eventTexts, troubles } from "./pod-trouble";
import { isAwaited, judge, type Related } from "./readiness";

const live = (apiVersion: string, kind: string, rest: object, generation = 1) =>
  ({ apiVersion, kind, metadata: { name: "a", generation }, ...rest }) as Live;
const verdict = (object: Live, related: Partial<Related> = {}) => {
  const given = judge(object, { pods: [], ...related });
  return given.state === "ready"
    ? "ready"
    : given.state === "failed"
      ? `failed: ${given.because}`
      : `waiting for ${given.for}`;
};
const pod = (status: object) => live("v1", "Pod", { status, metadata: { name: "a-0" } });

const rolledOut = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

test.each([
  [{ ...rolledOut, observedGeneration: 0 }, "waiting for the controller to look at it"],
  [{ ...rolledOut, updatedReplicas: 1 }, "waiting for 1 of 2 pods are of the new revision"],
  [{ ...rolledOut, availableReplicas: 1 }, "waiting for 1 of 2 pods are available"],
  [{ ...rolledOut, replicas: 3 }, "waiting for 1 old pods are ending"],
  [rolledOut, "ready"],
  [
    {
      ...rolledOut,
      updatedReplicas: 1,
      conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
    },
    "failed: the rollout made no progress within its deadline",
  ],
])("a Deployment with %o", (status, expected) => {
  expect(verdict(live("apps/v1", "Deployment", { spec: { replicas: 2 }, status }))).toBe(expected);
});

const members = {
  observedGeneration: 1,
  readyReplicas: 3,
  updatedReplicas: 3,
  currentRevision: "2",
  updateRevision: "2",
};

test.each([
  [{}, { ...members, readyReplicas: 2 }, "waiting for 2 of 3 pods are ready"],
  [{}, { ...members, updatedReplicas: 1, currentRevision: "1" }, "waiting for 1 of 3 pods are of the new revision"],
  [{ updateStrategy: { type: "OnDelete" } }, { ...members, updatedReplicas: 1, currentRevision: "1" }, "ready"],
  // After a finished rollout the controller forgets to count the updated ones.
  [{}, { ...members, updatedReplicas: 0 }, "ready"],
])("a StatefulSet of %o with %o", (spec, status, expected) => {
  expect(verdict(live("apps/v1", "StatefulSet", { spec: { replicas: 3, ...spec }, status }))).toBe(expected);
});

test.each([
  [
    "DaemonSet",
    { status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberReady: 1 } },
    "1 of 2 pods are ready",
  ],
  [
    "DaemonSet",
    { status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberReady: 2 } },
    "ready",
  ],
])("a %s with %o", (kind, rest, expected) => {
  expect(verdict(live("apps/v1", kind, rest))).toBe(expected === "ready" ? expected : `waiting for ${expected}`);
});

test("a Job ends well, badly, or not yet", () => {
  const job = (conditions: object[]) => verdict(live("batch/v1", "Job", { spec: {}, status: { conditions } }));
  expect(job([])).toBe("waiting for it to end");
  expect(job([{ type: "Complete", status: "True" }])).toBe("ready");
  expect(job([{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" }])).toBe(
    "failed: BackoffLimitExceeded: too often",
  );
});

test("a claim that its first pod will bind is not waited for", () => {
  const claim = live("v1", "PersistentVolumeClaim", { status: { phase: "Pending" } });
  expect(verdict(claim, { bindingMode: "WaitForFirstConsumer" })).toBe("ready");
  expect(verdict(claim, { bindingMode: "Immediate" })).toBe("waiting for a volume to be bound to it");
});

test("a Service waits for what is behind it, unless nothing is meant to be", () => {
  const service = (spec: object, status: object = {}) => live("v1", "Service", { spec, status });
  const selector = { app: "a" };
  expect(verdict(service({ selector }))).toBe("waiting for a ready pod behind it");
  expect(verdict(service({ selector }), { addresses: 1 })).toBe("ready");
  expect(verdict(service({ selector, clusterIP: "None" }))).toBe("ready");
  expect(verdict(service({}))).toBe("ready");
  expect(verdict(service({ selector, type: "LoadBalancer" }), { addresses: 1 })).toBe(
    "waiting for an address of the load balancer",
  );
});

test("other kinds are there at once", () => {
  expect(isAwaited({ apiVersion: "v1", kind: "ConfigMap" })).toBe(false);
  expect(verdict(live("v1", "ConfigMap", {}))).toBe("ready");
});

test("what it waits for names the first trouble of its pods", () => {
  const related = {
    pods: [pod({ containerStatuses: [{ name: "c", image: "i", state: { waiting: { reason: "ErrImagePull" } } }] })],
  };
  expect(verdict(live("apps/v1", "Deployment", { status: { observedGeneration: 1 } }), related)).toBe(
    "waiting for 0 of 1 pods are of the new revision; pod a-0: container c cannot get its image i (ErrImagePull)",
  );
});

test.each([
  [
    {
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes: no memory" }],
    },
    "cannot be placed on a node (Unschedulable): 0/1 nodes: no memory",
  ],
  [
    {
      containerStatuses: [
        { name: "c", image: "i:1", state: { waiting: { reason: "ImagePullBackOff", message: "not\nfound" } } },
      ],
    },
    "container c cannot get its image i:1 (ImagePullBackOff): not; found",
  ],
  [
    {
      containerStatuses: [
        {
          name: "c",
          restartCount: 4,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
        },
      ],
    },
    "container c crashes again and again (CrashLoopBackOff), 4 restarts, last exit code 137 (OOMKilled)",
  ],
  [
    {
      containerStatuses: [
        { name: "c", state: { waiting: { reason: "CreateContainerConfigError", message: "no secret x" } } },
      ],
    },
    "container c cannot start (CreateContainerConfigError): no secret x",
  ],
  [{ phase: "Failed", reason: "Evicted", message: "disk" }, "failed (Evicted: disk)"],
])("%o", (status, expected) => {
  expect(troubles(pod(status))).toEqual([`pod a-0: ${expected}`]);
});

test("a pod that is merely starting has no trouble", () => {
  const waiting = { name: "c", image: "i", state: { waiting: { reason: "ContainerCreating" } } };
  expect(troubles(pod({ phase: "Pending", containerStatuses: [waiting] }))).toEqual([]);
});

test("logs are asked of what ended badly, the previous run of what is started again", () => {
  const failed = { name: "a", state: { terminated: { exitCode: 1 } } };
  const restarting = {
    name: "b",
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 1 } },
  };
  const running = { name: "c", state: { running: {} }, lastState: { terminated: { exitCode: 1 } } };
  expect(crashed(pod({ containerStatuses: [failed, restarting, running] }))).toEqual([
    { container: "a", previous: false },
    { container: "b", previous: true },
  ]);
});

test("the last warnings are told once each", () => {
  const event = (type: string, message: string) => ({
    type,
    reason: "FailedCreate",
    message,
    involvedObject: { name: "a" },
  });
  expect(eventTexts([event("Normal", "x"), event("Warning", "y"), event("Warning", "y")])).toEqual([
    "a: FailedCreate: y",
  ]);
});
