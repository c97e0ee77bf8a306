// What a service is on Kubernetes: plain manifests, and beside each what only its registration needs to know.
import type { Piece } from "../flatten";

/** A manifest as the API server takes it, complete but for the `data` of configuration. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent from objects of the whole cluster. */
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** One object to apply. */
export interface KubernetesObject {
  /** Logical name, unique in its stack: `<service>/<kind>[/<what>]` in lower case, e.g. `postgres/statefulset`. */
  readonly name: string;
  readonly manifest: Manifest;
  /**
   * Text of a ConfigMap's `data` or a Secret's `stringData`, by key, still to be revealed. The registrar puts it into the
   * manifest. Empty for every other kind.
   */
  readonly data: Readonly<Record<string, readonly Piece[]>>;
  /**
   * Logical names of objects of the same service whose revealed data this one's pods read at their start. The registrar
   * writes one hash over all of it to the annotation `CHECKSUM` of the pod template, so that pods are replaced when it changes.
   */
  readonly checksumOf: readonly string[];
  /** Keeps data: with the stack's `protect`, it is protected and never deleted. */
  readonly stateful: boolean;
  /** What its registration waits for before anything that comes after it: nothing, every copy ready, or the job's end. */
  readonly awaits: "nothing" | "ready" | "done";
  /** A change of its spec is refused by the API server: delete it first, then create it anew. True of jobs. */
  readonly recreate: boolean;
}

/** What a service or the ground consists of, in the order in which it is applied. */
export interface KubernetesService {
  readonly objects: readonly KubernetesObject[];
}

/** Annotation of pod templates: the hash of the configuration that their pods have read. */
export const CHECKSUM = "groundwork/checksum";

/** An object from its manifest. @default no data, no checksum, not stateful, awaits nothing, changed in place */
export function object(
  name: string,
  manifest: Manifest,
  rest: Partial<Omit<KubernetesObject, "name" | "manifest">> = {},
): KubernetesObject {
  return { data: {}, checksumOf: [], stateful: false, awaits: "nothing", recreate: false, ...rest, name, manifest };
}
