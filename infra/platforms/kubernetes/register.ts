// Turns rendered objects into resources. Makes no decision; only this file names @pulumi/kubernetes' classes.
import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { physicalName } from "../../lib/naming";
import type { Piece } from "../flatten";
import type { Registrar } from "../registrar";
import { clusterOf } from "./address";
import { ground } from "./ground";
import { CHECKSUM, type KubernetesObject, type KubernetesService, type Manifest } from "./object";

/** What every service of a stack stands on: the way to its cluster, and its namespaces with what holds in them. */
export interface KubernetesGround {
  readonly provider: kubernetes.Provider;
  readonly objects: readonly pulumi.Resource[];
}

type ObjectClass = new (name: string, args: never, opts?: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** The official class of every kind that the platform renders. */
const CLASSES: Readonly<Record<string, ObjectClass>> = {
  "v1/ConfigMap": kubernetes.core.v1.ConfigMap,
  "v1/Namespace": kubernetes.core.v1.Namespace,
  "v1/Secret": kubernetes.core.v1.Secret,
  "v1/Service": kubernetes.core.v1.Service,
  "v1/ServiceAccount": kubernetes.core.v1.ServiceAccount,
  "apps/v1/DaemonSet": kubernetes.apps.v1.DaemonSet,
  "apps/v1/Deployment": kubernetes.apps.v1.Deployment,
  "apps/v1/StatefulSet": kubernetes.apps.v1.StatefulSet,
  "autoscaling/v2/HorizontalPodAutoscaler": kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
  "batch/v1/CronJob": kubernetes.batch.v1.CronJob,
  "batch/v1/Job": kubernetes.batch.v1.Job,
  "networking.k8s.io/v1/NetworkPolicy": kubernetes.networking.v1.NetworkPolicy,
  "policy/v1/PodDisruptionBudget": kubernetes.policy.v1.PodDisruptionBudget,
  "rbac.authorization.k8s.io/v1/ClusterRole": kubernetes.rbac.v1.ClusterRole,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": kubernetes.rbac.v1.ClusterRoleBinding,
  "rbac.authorization.k8s.io/v1/Role": kubernetes.rbac.v1.Role,
  "rbac.authorization.k8s.io/v1/RoleBinding": kubernetes.rbac.v1.RoleBinding,
  "scheduling.k8s.io/v1/PriorityClass": kubernetes.scheduling.v1.PriorityClass,
};

/** Longest wait for a rollout or a job; data that is copied to a new member takes its time. */
const PATIENCE = { create: "10m", update: "20m", delete: "10m" };

export const kubernetesRegistrar: Registrar<KubernetesService, KubernetesGround> = {
  ground: (context, parent) => {
    const { environment } = context;
    const provider = new kubernetes.Provider(
      "cluster",
      {
        context: clusterOf(environment).context,
        // Another way to the cluster, e.g. renewed credentials, must never look like another cluster: everything would be replaced.
        clusterIdentifier: physicalName(environment.stack, "cluster"),
        enableServerSideApply: true,
      },
      { parent },
    );
    const registered: pulumi.Resource[] = [];
    const { protect } = environment;
    for (const one of ground(context).objects) {
      const namespaces = registered.slice();
      registered.push(registerObject(one, { provider, parent, protect, after: namespaces, args: manifestOf(one, {}) }));
    }
    return { provider, objects: registered };
  },

  register: ({ objects }, { environment, ground, reveal, parent, after }) => {
    const revealed = new Map(objects.map((one) => [one.name, revealAll(one, reveal)] as const));
    const registered: pulumi.Resource[] = [];
    for (const one of objects) {
      const checksum = checksumOf(one, revealed);
      const args =
        checksum === undefined ? manifestOf(one, revealed) : withChecksum(manifestOf(one, revealed), checksum);
      // What only describes is there at once; pods start when all of it is, and when the services before are ready.
      const before = one.awaits === "nothing" ? ground.objects : [...ground.objects, ...registered, ...after];
      const { provider } = ground;
      const { protect } = environment;
      registered.push(registerObject(one, { provider, parent, protect, after: before, args }));
    }
    return registered;
  },
};

type Revealed = Readonly<Record<string, pulumi.Input<string>>>;

function revealAll({ data }: KubernetesObject, reveal: (pieces: readonly Piece[]) => pulumi.Input<string>): Revealed {
  return Object.fromEntries(Object.entries(data).map(([key, pieces]) => [key, reveal(pieces)]));
}

/** The manifest with its data; where nothing waits for it, its readiness is nobody's affair. */
function manifestOf(
  { manifest, name, awaits }: KubernetesObject,
  all: ReadonlyMap<string, Revealed> | object,
): Manifest {
  const data = all instanceof Map ? (all.get(name) as Revealed) : {};
  const patient = awaits === "nothing" && manifest.kind === "Service";
  const annotations = { ...manifest.metadata.annotations, ...(patient && { "pulumi.com/skipAwait": "true" }) };
  return {
    ...manifest,
    metadata: { ...manifest.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    ...(Object.keys(data).length > 0 && { [manifest.kind === "Secret" ? "stringData" : "data"]: data }),
  };
}

/** One hash over the data that an object's pods read. It tells nothing of what it was made from, so it may be seen. */
function checksumOf(
  { checksumOf }: KubernetesObject,
  revealed: ReadonlyMap<string, Revealed>,
): pulumi.Output<string> | undefined {
  const read = checksumOf.map((name) => revealed.get(name) ?? {});
  if (read.every((data) => Object.keys(data).length === 0)) return undefined;
  const hash = pulumi.all(read).apply((all) => createHash("sha256").update(JSON.stringify(all)).digest("hex"));
  return pulumi.unsecret(hash);
}

function withChecksum(manifest: Manifest, checksum: pulumi.Output<string>): Manifest {
  const spec = manifest.spec as Record<string, unknown>;
  if (manifest.kind === "CronJob") {
    const job = spec.jobTemplate as { readonly spec: Record<string, unknown> };
    return { ...manifest, spec: { ...spec, jobTemplate: { ...job, spec: annotated(job.spec, checksum) } } };
  }
  return { ...manifest, spec: annotated(spec, checksum) };
}

function annotated(spec: Record<string, unknown>, checksum: pulumi.Output<string>): object {
  const template = spec.template as { readonly metadata: { readonly annotations?: object } };
  const annotations = { ...template.metadata.annotations, [CHECKSUM]: checksum };
  return { ...spec, template: { ...template, metadata: { ...template.metadata, annotations } } };
}

function registerObject(
  { name, manifest, stateful, recreate }: KubernetesObject,
  {
    provider,
    parent,
    protect,
    after,
    args,
  }: {
    readonly provider: kubernetes.Provider;
    readonly parent: pulumi.Resource;
    readonly protect: boolean;
    readonly after: readonly pulumi.Resource[];
    readonly args: Manifest;
  },
): pulumi.CustomResource {
  const known = CLASSES[`${manifest.apiVersion}/${manifest.kind}`];
  if (known === undefined) throw new Error(`${name}: no class is known for ${manifest.apiVersion} ${manifest.kind}`);
  const kept = stateful && protect;
  return new known(name, args as never, {
    provider,
    parent,
    dependsOn: [...after],
    protect: kept,
    retainOnDelete: kept,
    customTimeouts: PATIENCE,
    ...(recreate && { replaceOnChanges: ["spec"], deleteBeforeReplace: true }),
  });
}
