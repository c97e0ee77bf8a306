// Which changes replace an object, and that what the server adds is none.
import { expect, test } from "vitest";
import { changesOf } from "./replacement";

const object = (apiVersion: string, kind: string, rest: object, metadata: object = { name: "a", namespace: "n" }) => ({
  apiVersion,
  kind,
  metadata,
  ...rest,
});
const told = (olds: object, news: object) =>
  changesOf(olds as never, news as never).map(
    ({ path, kind, replace }) => `${replace ? "replace" : "change"} ${path} (${kind})`,
  );

test("the same inputs are no change", () => {
  const config = object("v1", "ConfigMap", { data: { word: "one" } });
  expect(told(config, structuredClone(config))).toEqual([]);
});

test("name, namespace and kind are the object's identity", () => {
  const config = object("v1", "ConfigMap", {});
  expect(told(config, object("v1", "ConfigMap", {}, { name: "b", namespace: "m" }))).toEqual([
    "replace metadata.name (update)",
    "replace metadata.namespace (update)",
  ]);
  expect(told(config, object("v1", "Secret", {}))).toEqual(["replace kind (update)"]);
});

test.each([
  ["v1", "Service", { clusterIP: "None" }, { clusterIP: "10.0.0.1" }, "replace spec.clusterIP (update)"],
  ["v1", "Service", { ports: [{ port: 1 }] }, { ports: [{ port: 2 }] }, "change spec.ports[0].port (update)"],
  [
    "v1",
    "PersistentVolumeClaim",
    { storageClassName: "a" },
    { storageClassName: "b" },
    "replace spec.storageClassName (update)",
  ],
  [
    "v1",
    "PersistentVolumeClaim",
    { resources: { requests: { storage: "1Gi" } } },
    { resources: { requests: { storage: "2Gi" } } },
    "change spec.resources.requests.storage (update)",
  ],
  ["apps/v1", "StatefulSet", { serviceName: "a" }, { serviceName: "b" }, "replace spec.serviceName (update)"],
  ["apps/v1", "StatefulSet", { replicas: 1 }, { replicas: 2 }, "change spec.replicas (update)"],
  [
    "apps/v1",
    "StatefulSet",
    { volumeClaimTemplates: [{ spec: { size: 1 } }] },
    { volumeClaimTemplates: [{ spec: { size: 2 } }] },
    "replace spec.volumeClaimTemplates[0].spec.size (update)",
  ],
  ["apps/v1", "Deployment", { selector: { a: "1" } }, { selector: { a: "2" } }, "replace spec.selector.a (update)"],
  ["batch/v1", "Job", { template: { a: 1 } }, { template: { a: 2 } }, "replace spec.template.a (update)"],
  [
    "batch/v1",
    "Job",
    { ttlSecondsAfterFinished: 1 },
    { ttlSecondsAfterFinished: 2 },
    "change spec.ttlSecondsAfterFinished (update)",
  ],
  [
    "v1",
    "Pod",
    { containers: [{ image: "a" }] },
    { containers: [{ image: "b" }] },
    "change spec.containers[0].image (update)",
  ],
  [
    "v1",
    "Pod",
    { containers: [{ args: "a" }] },
    { containers: [{ args: "b" }] },
    "replace spec.containers[0].args (update)",
  ],
] as const)("%s %s: %o to %o", (apiVersion, kind, before, after, change) => {
  expect(told(object(apiVersion, kind, { spec: before }), object(apiVersion, kind, { spec: after }))).toEqual([change]);
});

test("top-level fields are fixed for some kinds", () => {
  const storage = (provisioner: string) => object("storage.k8s.io/v1", "StorageClass", { provisioner });
  expect(told(storage("a"), storage("b"))).toEqual(["replace provisioner (update)"]);
  const secret = (type: string) => object("v1", "Secret", { type });
  expect(told(secret("Opaque"), secret("kubernetes.io/tls"))).toEqual(["replace type (update)"]);
});

test("a whole specification taken away takes its fixed fields along", () => {
  expect(
    told(object("apps/v1", "StatefulSet", { spec: { replicas: 1 } }), object("apps/v1", "StatefulSet", {})),
  ).toEqual(["replace spec (delete)"]);
});

test("data is fixed once it was declared immutable", () => {
  const config = (word: string, rest: object = {}) => object("v1", "ConfigMap", { data: { word }, ...rest });
  expect(told(config("a"), config("b"))).toEqual(["change data.word (update)"]);
  expect(told(config("a", { immutable: true }), config("b", { immutable: true }))).toEqual([
    "replace data.word (update)",
  ]);
});
