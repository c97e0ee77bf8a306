// What is found in the way of a stack on a cluster, from what the cluster had answered.
import { expect, test } from "vitest";
import type { Live } from "../../tools/providers/kubernetes/identity";
import { jobCopy, podCopy } from "./cluster";
import { missingImages } from "./cluster-images";
import { storageClassProblems, versionProblems, within } from "./cluster-preflight";

test("a cluster must be new enough", () => {
  expect(versionProblems("v1.34.4")).toEqual([]);
  expect(versionProblems("v1.29.0-gke.1")).toEqual([]);
  expect(versionProblems("v1.28.9").map(({ fact }) => fact)).toEqual(["must be version 1.29 or newer, got v1.28.9"]);
});

test("storage classes that are named must be there, and a default where none is named", () => {
  const found = (name: string, isDefault = false) => ({
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
  });
  const wanted = { storageClass: "fast", storageClasses: { minio: "bulk" }, needsDefault: false };
  expect(storageClassProblems("k", wanted, [found("fast"), found("bulk")])).toEqual([]);
  expect(storageClassProblems("k", wanted, [found("slow")])).toEqual([
    { path: "k/storageClass", fact: "there is no storage class fast", hint: "the cluster has slow" },
    { path: "k/storageClasses/minio", fact: "there is no storage class bulk", hint: "the cluster has slow" },
  ]);
  const none = { storageClass: undefined, storageClasses: {}, needsDefault: true };
  expect(storageClassProblems("k", none, [found("slow", true)])).toEqual([]);
  expect(storageClassProblems("k", none, [found("slow")]).map(({ fact }) => fact)).toEqual([
    "is needed, since the cluster has no default storage class",
  ]);
});

test("an address is inside a range or not, in both families", () => {
  expect(within("10.0.0.10", ["10.0.0.10/32"])).toBe(true);
  expect(within("10.0.0.11", ["10.0.0.10/32", "192.168.0.0/16"])).toBe(false);
  expect(within("fd00::1", ["10.0.0.0/8", "fd00::/64"])).toBe(true);
});

test("a node names the images that it lacks, unless it does not tell of all", () => {
  const node = (names: readonly string[]) => ({
    metadata: { name: "a" },
    spec: {},
    status: { images: names.map((name) => ({ names: [name] })) },
  });
  expect(missingImages(node(["docker.io/groundwork/redis:1"]), ["groundwork/redis:1"])).toEqual([]);
  const [problem] = missingImages(node(["docker.io/groundwork/redis:1"]), ["groundwork/redis:2", "groundwork/minio:1"]);
  expect([problem?.path, problem?.fact]).toEqual([
    "node a",
    "lacks groundwork/redis:2, groundwork/minio:1, which no registry has",
  ]);
  expect(missingImages(node(Array.from({ length: 50 }, (_, i) => `x:${i}`)), ["groundwork/redis:2"])).toEqual([]);
});

const live = (status: object) =>
  ({ kind: "Pod", metadata: { name: "a", labels: { "groundwork.service": "redis" } }, status }) as unknown as Live;
const copy = (status: string, exitCode: number, health?: string) => ({
  service: "redis",
  status,
  exitCode,
  ...(health && { health }),
});

test("pods and jobs are told in the words of containers", () => {
  const ready = [{ type: "Ready", status: "True" }];
  expect(podCopy(live({ phase: "Running", conditions: ready }))).toEqual(copy("running", 0, "healthy"));
  expect(podCopy(live({ phase: "Pending" }))).toEqual(copy("running", 0, "starting"));
  const crashing = [{ name: "c", state: { waiting: { reason: "CrashLoopBackOff" } } }];
  expect(podCopy(live({ phase: "Running", containerStatuses: crashing }))).toEqual(copy("exited", 1));
  expect(jobCopy(live({}))).toEqual(copy("running", 0));
  expect(jobCopy(live({ conditions: [{ type: "Complete", status: "True" }] }))).toEqual(copy("exited", 0));
  expect(jobCopy(live({ conditions: [{ type: "Failed", status: "True" }] }))).toEqual(copy("exited", 1));
});
