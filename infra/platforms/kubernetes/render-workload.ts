// What runs a service's pods, by its shape.
import type { ServiceSpec } from "../../catalogue/spec";
import { bytes } from "../../lib/units";
import type { RenderContext } from "../platform";
import { clusterOf, membersName } from "./address";
import { podSelector, serviceLabels } from "./labels";
import { metadataOf } from "./metadata";
import { type KubernetesObject, type Manifest, object } from "./object";
import { podTemplate } from "./render-pod";

/** A new copy serves this long before the next one is replaced. */
const SETTLED_SECONDS = 10;

/** The workload of `spec`, whose pods read `config`. */
export function workload(
  spec: ServiceSpec,
  config: readonly KubernetesObject[],
  context: RenderContext,
): KubernetesObject {
  const { kind, apiVersion, body } = BY_SHAPE[spec.shape](spec, context);
  const manifest: Manifest = { apiVersion, kind, metadata: metadataOf(spec, context), spec: body };
  return object(`${spec.name}/${kind.toLowerCase()}`, manifest, {
    checksumOf: config.map(({ name }) => name),
    stateful: spec.shape === "stateful",
    awaits: AWAITS[spec.shape],
    recreate: spec.shape === "job",
  });
}

const AWAITS = { stateless: "ready", stateful: "ready", daemon: "ready", job: "done", scheduled: "nothing" } as const;

type Workload = (
  spec: ServiceSpec,
  context: RenderContext,
) => { readonly apiVersion: string; readonly kind: string; readonly body: object };

const deployment: Workload = (spec, context) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  body: {
    // The autoscaler's affair, where there is one.
    ...(spec.scale === undefined && { replicas: spec.copies }),
    selector: { matchLabels: podSelector(spec.name) },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    revisionHistoryLimit: 3,
    template: podTemplate(spec, context),
  },
});

const statefulSet: Workload = (spec, context) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  body: {
    replicas: spec.copies,
    serviceName: membersName(spec.name),
    selector: { matchLabels: podSelector(spec.name) },
    // Members of a quorum find each other only when all start; updates still replace one copy after the other is ready.
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "RollingUpdate" },
    minReadySeconds: SETTLED_SECONDS,
    revisionHistoryLimit: 3,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    template: podTemplate(spec, context),
    volumeClaimTemplates: claims(spec, context),
  },
});

const daemonSet: Workload = (spec, context) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  body: {
    selector: { matchLabels: podSelector(spec.name) },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    revisionHistoryLimit: 3,
    template: podTemplate(spec, context),
  },
});

const job: Workload = (spec, context) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  // Kept when it has ended: its being there is what says that it was done.
  body: { backoffLimit: 3, template: podTemplate(spec, context) },
});

const cronJob: Workload = (spec, context) => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  body: {
    schedule: spec.schedule,
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      metadata: { labels: serviceLabels(context.environment.stack, spec.name) },
      spec: { backoffLimit: 1, template: podTemplate(spec, context) },
    },
  },
});

const BY_SHAPE: Readonly<Record<ServiceSpec["shape"], Workload>> = {
  stateless: deployment,
  stateful: statefulSet,
  daemon: daemonSet,
  job,
  scheduled: cronJob,
};

function claims(spec: ServiceSpec, { environment }: RenderContext): readonly object[] {
  const { storageClass, storageClasses } = clusterOf(environment);
  const storageClassName = storageClasses[spec.name] ?? storageClass;
  return Object.entries(spec.volumes).map(([name, { size }]) => ({
    metadata: { name, labels: serviceLabels(environment.stack, spec.name) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClassName !== undefined && { storageClassName }),
      resources: { requests: { storage: `${bytes(size) / 2 ** 20}Mi` } },
    },
  }));
}
