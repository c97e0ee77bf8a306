// What a stack has on its cluster, found by its labels alone: no state is asked.
import type { Environment } from "../../infra/environment";
import { clusterOf, namespacesOf } from "../../infra/platforms/kubernetes/address";
import { SERVICE_LABEL, STACK_LABEL } from "../../infra/platforms/kubernetes/labels";
import { Cluster, isStatus } from "../../tools/providers/kubernetes/cluster";
import { configurationOf, kubeConfigOf } from "../../tools/providers/kubernetes/configuration";
import type { Live } from "../../tools/providers/kubernetes/identity";
import { isPodReady, troubles } from "../../tools/providers/kubernetes/pod-trouble";
import { unable } from "./failure";
import type { Copy } from "./status";

/** Kinds of a namespace that the platform makes objects of; what controllers make of them goes with them. */
export const NAMESPACED = [
  ["v1", "Service"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "ServiceAccount"],
  ["v1", "PersistentVolumeClaim"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["batch/v1", "Job"],
  ["batch/v1", "CronJob"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["policy/v1", "PodDisruptionBudget"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["rbac.authorization.k8s.io/v1", "Role"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding"],
] as const;
/** Kinds of the whole cluster that it makes objects of. */
export const CLUSTER_WIDE = [
  ["v1", "Namespace"],
  ["scheduling.k8s.io/v1", "PriorityClass"],
] as const;

/** Kinds that hold data. */
export const DATA_KIND = "PersistentVolumeClaim";

/** One object of a stack. */
export interface StackObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** As the provider records it: `namespace/name`, or the name. */
  readonly id: string;
  /** The path of the object in the API. */
  readonly path: string;
  /** Another object made it, and removes it. */
  readonly owned: boolean;
}

/** The cluster of a stack's context. Throws a `Failure` (exit 2) when the kubeconfig does not know it. */
export function stackCluster(environment: Environment): Cluster {
  const { context } = clusterOf(environment);
  try {
    return new Cluster(kubeConfigOf(configurationOf({ context, kubeconfig: process.env.KUBECONFIG ?? "" })));
  } catch (error) {
    throw unable(
      `stacks/Pulumi.${environment.stack}.yaml: kubernetes/context`,
      error instanceof Error ? error.message : String(error),
      "set KUBECONFIG to the file that has this context",
    );
  }
}

/** The version that the API server reports, e.g. `v1.34.4`. Throws a `Failure` (exit 2) when it does not answer. */
export async function requireCluster(environment: Environment): Promise<string> {
  const cluster = stackCluster(environment);
  try {
    const { body } = await cluster.request("GET", "/version");
    return (body as { gitVersion: string }).gitVersion;
  } catch (error) {
    const { context } = clusterOf(environment);
    throw unable(
      `cluster ${context}`,
      error instanceof Error ? error.message : String(error),
      `kubectl --context ${context} version shows the same`,
    );
  }
}

/** All objects labelled for the stack, in its namespaces and in the cluster as a whole. */
export async function stackClusterObjects(environment: Environment): Promise<readonly StackObject[]> {
  const cluster = stackCluster(environment);
  const namespaces = namespacesOf(environment);
  const asked = [
    ...namespaces.flatMap((namespace) => NAMESPACED.map((kind) => [...kind, namespace] as const)),
    ...CLUSTER_WIDE.map((kind) => [...kind, undefined] as const),
  ];
  const found = await Promise.all(
    asked.map(async ([apiVersion, kind, namespace]) => {
      const path = await cluster.pathOf({ apiVersion, kind, name: "", ...(namespace && { namespace }) });
      const items = await listed(cluster, path, environment.stack);
      return items.map(({ metadata }) => ({
        apiVersion,
        kind,
        id: namespace === undefined ? metadata.name : `${namespace}/${metadata.name}`,
        path: `${path}/${metadata.name}`,
        owned: (metadata.ownerReferences ?? []).length > 0,
      }));
    }),
  );
  return found.flat();
}

/** Every copy that runs, or is about to, and every job that has ended. */
export async function clusterCopies(environment: Environment): Promise<readonly Copy[]> {
  const cluster = stackCluster(environment);
  const found = await Promise.all(
    namespacesOf(environment).map(async (namespace) => {
      const [pods, jobs, schedules] = await Promise.all([
        listed(cluster, `/api/v1/namespaces/${namespace}/pods`, environment.stack),
        listed(cluster, `/apis/batch/v1/namespaces/${namespace}/jobs`, environment.stack),
        listed(cluster, `/apis/batch/v1/namespaces/${namespace}/cronjobs`, environment.stack),
      ]);
      const ended = new Set(jobs.map(({ metadata }) => metadata.uid));
      const ofJob = ({ metadata }: Live) => metadata.ownerReferences?.some(({ uid }) => ended.has(uid)) ?? false;
      return [
        ...pods.filter((pod) => !ofJob(pod) && pod.metadata.deletionTimestamp === undefined).map(podCopy),
        ...jobs.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0).map(jobCopy),
        // A schedule is as it should be when it is there.
        ...schedules.map((schedule) => ({ service: serviceOf(schedule), status: "running", exitCode: 0 })),
      ];
    }),
  );
  return found.flat();
}

/** A pod in the words that a container's state has. */
export function podCopy(pod: Live): Copy {
  const { phase = "Pending" } = (pod.status ?? {}) as { phase?: string };
  const well = isPodReady(pod);
  if (troubles(pod).length > 0) return { service: serviceOf(pod), status: "exited", exitCode: 1 };
  if (phase === "Succeeded" || phase === "Failed") return { service: serviceOf(pod), status: "exited", exitCode: 1 };
  return { service: serviceOf(pod), status: "running", exitCode: 0, health: well ? "healthy" : "starting" };
}

/** A job in the same words: running, or ended well or badly. */
export function jobCopy(job: Live): Copy {
  const { conditions = [] } = (job.status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  const is = (type: string) => conditions.some((each) => each.type === type && each.status === "True");
  const service = serviceOf(job);
  if (is("Complete")) return { service, status: "exited", exitCode: 0 };
  return is("Failed") ? { service, status: "exited", exitCode: 1 } : { service, status: "running", exitCode: 0 };
}

function serviceOf({ metadata }: Live): string {
  return metadata.labels?.[SERVICE_LABEL] ?? "";
}

async function listed(cluster: Cluster, path: string, stack: string): Promise<readonly Live[]> {
  try {
    const labelSelector = `${STACK_LABEL}=${stack}`;
    return (await cluster.get<{ items: Live[] }>(path, undefined, { labelSelector }))?.items ?? [];
  } catch (error) {
    if (isStatus(error, 403))
      throw unable("cluster", error.message, "ask for the rights that ./groundwork doctor names");
    throw error;
  }
}
