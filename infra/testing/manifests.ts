// Rendered manifests as tests look at them: the workload of a service and its pods.
import type { KubernetesService, Manifest } from "../platforms/kubernetes/object";

export interface Volume {
  readonly name: string;
  readonly projected?: { readonly sources: readonly Readonly<Record<string, Source>>[] };
}
export interface Source {
  readonly name: string;
  readonly items: readonly { readonly key: string; readonly path: string }[];
}
export interface Container {
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: object };
  }[];
  readonly readinessProbe?: { readonly exec: { readonly command: readonly string[] } };
  readonly livenessProbe?: {
    readonly exec: { readonly command: readonly string[] };
    readonly failureThreshold: number;
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: object;
}
export interface PodSpec {
  readonly containers: readonly [Container];
  readonly volumes?: readonly Volume[];
  readonly [field: string]: unknown;
}

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];

/** The manifest of what runs a service's pods. */
export function workloadOf({ objects }: KubernetesService): Manifest {
  const found = objects.find(({ manifest }) => WORKLOADS.includes(manifest.kind));
  if (found === undefined) throw new Error("no workload was rendered");
  return found.manifest;
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

/** The template of a service's pods. */
export function templateOf(service: KubernetesService): Template {
  const { template, jobTemplate } = workloadOf(service).spec as {
    readonly template?: Template;
    readonly jobTemplate?: { readonly spec: { readonly template: Template } };
  };
  const found = template ?? jobTemplate?.spec.template;
  if (found === undefined) throw new Error("a workload without a pod template was rendered");
  return found;
}

/** What a service's pods are made of. */
export function podOf(service: KubernetesService): PodSpec {
  return templateOf(service).spec;
}

/** The manifests of one kind. */
export function manifestsOf({ objects }: KubernetesService, kind: string): readonly Manifest[] {
  return objects.flatMap(({ manifest }) => (manifest.kind === kind ? [manifest] : []));
}
