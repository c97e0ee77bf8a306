// What cannot be changed in place: the object's identity, and the fields that the API server refuses to change. Pure.
import { type Change, difference } from "../difference";
import type { Properties } from "../wire";

const IDENTITY = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

/** Claims grow in place, where the storage class allows it; everything else of them is fixed. */
const CLAIM = [
  "accessModes",
  "dataSource",
  "dataSourceRef",
  "selector",
  "storageClassName",
  "volumeMode",
  "volumeName",
];

/** By `group/Kind`: paths whose change, or any change below them, replaces the object. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  "/ConfigMap": [],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP", "spec.clusterIPs"],
  "/Pod": ["spec"],
  "/PersistentVolumeClaim": CLAIM.map((field) => `spec.${field}`),
  "/PersistentVolume": ["spec"],
  "apps/Deployment": ["spec.selector"],
  "apps/DaemonSet": ["spec.selector"],
  "apps/ReplicaSet": ["spec.selector"],
  "apps/StatefulSet": ["spec.podManagementPolicy", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"],
  "batch/Job": [
    "spec.completionMode",
    "spec.completions",
    "spec.podFailurePolicy",
    "spec.selector",
    "spec.successPolicy",
    "spec.template",
  ],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "scheduling.k8s.io/PriorityClass": ["preemptionPolicy", "value"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
};

/** Changes that a Pod takes on without being replaced. */
const POD_IN_PLACE = /^spec\.((initContainers|containers)\[\d+\]\.image|activeDeadlineSeconds|tolerations)/;

/** Every change from the last inputs to the new ones, each with whether it replaces. What the server added is no change. */
export function changesOf(olds: Properties, news: Properties): readonly Change[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const fixed = fixedPaths(news);
  const immutable = olds.immutable === true;
  return difference(olds, news, { updatable: names }).map((change) => ({
    ...change,
    replace:
      fixed.some((path) => isBelow(change.path, path)) && !isPodInPlace(news, change.path)
        ? true
        : immutable && /^(data|binaryData|stringData|immutable)\b/.test(change.path),
  }));
}

function fixedPaths({ apiVersion, kind }: Properties): readonly string[] {
  const group = String(apiVersion ?? "").includes("/") ? String(apiVersion).split("/")[0] : "";
  return [...IDENTITY, ...(FIXED[`${group}/${String(kind)}`] ?? [])];
}

function isPodInPlace({ apiVersion, kind }: Properties, path: string): boolean {
  return apiVersion === "v1" && kind === "Pod" && POD_IN_PLACE.test(path);
}

function isBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`) || above.startsWith(`${path}.`);
}
