// What an interrupted run left on a cluster, and the remedy for each. Pure.
import type { StackObject } from "./cluster";
import { DATA_KIND } from "./cluster";
import { nameOf } from "./engine-events";
import type { StackState } from "./state";

/** One thing to put right. Objects without a record are taken over by the provider, which knows them by their fields. */
export type ClusterRemedy =
  | { readonly kind: "forget"; readonly operations: readonly string[] }
  | { readonly kind: "adopt"; readonly objects: readonly string[] }
  | { readonly kind: "refresh"; readonly missing: readonly string[] };

export interface ClusterObservation {
  readonly state: StackState | undefined;
  readonly objects: readonly StackObject[];
}

/** Everything to put right before the engine may run. */
export function planClusterRecovery({ state, objects }: ClusterObservation): readonly ClusterRemedy[] {
  const pending = state?.deployment.pending_operations ?? [];
  const recorded = (state?.deployment.resources ?? []).filter(({ type, id }) => type.startsWith("kubernetes:") && id);
  const keyOf = (kind: string, id: string) => `${kind} ${id}`;
  const known = new Set(recorded.map(({ type, id = "" }) => keyOf(kindOf(type), id)));
  const present = new Set(objects.map(({ kind, id }) => keyOf(kind, id)));
  const missing = recorded.filter(({ type, id = "" }) => !present.has(keyOf(kindOf(type), id)));
  const unknown = objects.filter(({ kind, id, owned }) => !owned && kind !== DATA_KIND && !known.has(keyOf(kind, id)));
  return [
    ...(pending.length > 0
      ? [
          {
            kind: "forget",
            operations: pending.map(({ type, resource }) => `${type} ${nameOf(resource.urn)}`),
          } as const,
        ]
      : []),
    ...(unknown.length > 0
      ? [{ kind: "adopt", objects: unknown.map(({ kind, id }) => keyOf(kind, id)) } as const]
      : []),
    ...(missing.length > 0 ? [{ kind: "refresh", missing: missing.map(({ urn }) => nameOf(urn)) } as const] : []),
  ];
}

/** What a remedy does, in one line. */
export function describeClusterRemedy(remedy: ClusterRemedy): string {
  switch (remedy.kind) {
    case "forget":
      return `forget what an interrupted run had begun: ${remedy.operations.join(", ")}`;
    case "adopt":
      return `take over what no state knows: ${remedy.objects.join(", ")}`;
    case "refresh":
      return `look again at what is gone: ${remedy.missing.join(", ")}`;
  }
}

function kindOf(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}
