// Operations on a Kubernetes cluster.
import type { Environment } from "../../../infra/environment";
import { namespaceOf, namespacesOf } from "../../../infra/platforms/kubernetes/address";
import type { RenderContext } from "../../../infra/platforms/platform";
import type { Live } from "../../../tools/providers/kubernetes/identity";
import { untilGone } from "../../../tools/providers/kubernetes/wait";
import {
  clusterCopies,
  DATA_KIND,
  requireCluster,
  type StackObject,
  stackCluster,
  stackClusterObjects,
} from "../cluster";
import { clusterNotes, clusterPreflight } from "../cluster-preflight";
import { describeClusterRemedy, planClusterRecovery } from "../cluster-recovery";
import { Failure, unable } from "../failure";
import { forgetPending, readState } from "../state";
import { releaseStateLock } from "../state-lock";
import { engineTasks } from "../steps";
import type { Operations } from "./operations";

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];
/** What goes when a stack stops and its data stays. Keys and addresses of data stay with it. */
const RUNNING = [...WORKLOADS, "Service", "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler"];

/** How long deletions may take: pods end, volumes are released. */
const GONE_WITHIN_SECONDS = 300;

export const kubernetesOperations: Operations = {
  requireAnswer: async ({ environment }) => void (await requireCluster(environment)),
  preflight: clusterPreflight,
  notes: ({ environment }) => clusterNotes(environment),
  prepare: () => ({ title: "prepare", task: (_, task) => task.newListr(engineTasks(), { concurrent: false }) }),
  copies: ({ environment }) => clusterCopies(environment),
  // Controllers start by themselves whatever halted.
  revive: async () => undefined,
  isForeign: async ({ environment }) => isForeign(environment, await stackClusterObjects(environment)),
  recover: async ({ environment }, { tell, leaving = false }) => {
    const { stack } = environment;
    const unlocked = await releaseStateLock(stack, tell);
    const [state, objects] = await Promise.all([readState(stack), stackClusterObjects(environment)]);
    if (!leaving && (await isForeign(environment, objects)))
      throw unable(
        `stack ${stack}`,
        `${objects.length} objects of it exist in the cluster that this checkout's state does not know`,
        `use the backend that it was made with (PULUMI_BACKEND_URL); or delete it with its data: groundwork down -s ${stack}`,
      );
    const plan = planClusterRecovery({ state, objects });
    for (const remedy of plan) tell(describeClusterRemedy(remedy));
    if (state !== undefined && plan.some(({ kind }) => kind === "forget")) await forgetPending(stack, state);
    return {
      done: [...unlocked, ...plan.map(describeClusterRemedy)],
      refresh: plan.some(({ kind }) => kind === "refresh"),
    };
  },
  sweep: async ({ environment }, { keepData }) => {
    const objects = (await stackClusterObjects(environment)).filter(
      ({ kind, owned }) => (keepData ? RUNNING.includes(kind) : true) && !owned,
    );
    await remove(environment, keepData ? objects : objects.filter((one) => one.kind !== DATA_KIND));
  },
  data: async (context) => [...(await claims(context)), ...(await releasedVolumes(context))],
  // Nothing by the engine, which would also take what was registered after it, volumes among them: the sweep removes what runs, and
  // the next `up` finds it missing.
  isRunning: () => false,
  shown: {
    types: ["apps/v1:Deployment", "apps/v1:StatefulSet", "apps/v1:DaemonSet", "batch/v1:Job", "batch/v1:CronJob"].map(
      (kind) => `kubernetes:${kind}`,
    ),
    count: () => 1,
  },
  logsHint: (environment, service) =>
    `kubectl --namespace ${namespaceOf(environment)} logs --all-containers --prefix -l groundwork.service=${service}`,
};

async function isForeign({ stack }: Environment, objects: readonly StackObject[]): Promise<boolean> {
  const resources = (await readState(stack))?.deployment.resources ?? [];
  return resources.length === 0 && objects.length > 0;
}

/** Deletes every object and waits for them; a namespace takes along what is in it. */
async function remove(environment: Environment, objects: readonly StackObject[]): Promise<void> {
  const cluster = stackCluster(environment);
  const waiting = { seconds: GONE_WITHIN_SECONDS, signal: new AbortController().signal, onProgress: () => undefined };
  const failed = await Promise.all(
    objects.map(async ({ kind, id, path }) => {
      try {
        const live = await cluster.get<Live>(path);
        if (live === undefined) return [];
        await cluster.request("DELETE", path, { body: { propagationPolicy: "Foreground" } }).catch((error) => {
          if (error.status !== 404) throw error;
        });
        await untilGone(cluster, path, live, waiting);
        return [];
      } catch (error) {
        const fact = `is still there: ${error instanceof Error ? error.message : String(error)}`;
        return [{ path: `${kind} ${id}`, fact, hint: "run ./groundwork down again" }];
      }
    }),
  );
  if (failed.flat().length > 0) throw new Failure(failed.flat());
}

async function claims({ environment }: RenderContext): Promise<readonly string[]> {
  const objects = await stackClusterObjects(environment);
  return objects.filter(({ kind }) => kind === DATA_KIND).map(({ id }) => `claim ${id}`);
}

/** Volumes whose claims are gone, and that their class keeps; others are about to be deleted by it. */
async function releasedVolumes({ environment }: RenderContext): Promise<readonly string[]> {
  const list = await stackCluster(environment)
    .get<{ items: Volume[] }>("/api/v1/persistentvolumes")
    .catch(() => undefined);
  const namespaces = namespacesOf(environment);
  return (list?.items ?? [])
    .filter((volume) => isKept(volume, namespaces))
    .map(({ metadata, spec }) => `volume ${metadata.name} of claim ${spec.claimRef?.namespace}/${spec.claimRef?.name}`);
}

interface Volume extends Live {
  readonly spec: {
    readonly persistentVolumeReclaimPolicy?: string;
    readonly claimRef?: { readonly namespace: string; readonly name: string };
  };
}

function isKept({ spec, status }: Volume, namespaces: readonly string[]): boolean {
  const { phase } = (status ?? {}) as { phase?: string };
  const released = phase === "Released" && namespaces.includes(spec.claimRef?.namespace ?? "");
  return released && spec.persistentVolumeReclaimPolicy === "Retain";
}
