// How many copies may be away on purpose, and how many there are under load.
import type { ServiceSpec } from "../../catalogue/spec";
import type { RenderContext } from "../platform";
import { podSelector } from "./labels";
import { metadataOf } from "./metadata";
import { type KubernetesObject, object } from "./object";

/** At most one copy leaves at a time when machines are emptied: no quorum loses two. A single copy has to be able to move. */
export function disruptionBudget(spec: ServiceSpec, context: RenderContext): readonly KubernetesObject[] {
  if (spec.copies === 1 || (spec.shape !== "stateful" && spec.shape !== "stateless")) return [];
  return [
    object(`${spec.name}/disruptionbudget`, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: metadataOf(spec, context),
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: podSelector(spec.name) },
        // A member that is not well may be what a quorum waits for; a stateless copy that is not well serves nobody.
        unhealthyPodEvictionPolicy: spec.shape === "stateful" ? "IfHealthyBudget" : "AlwaysAllow",
      },
    }),
  ];
}

/** Copies that follow the load, between `copies` and `scale.most`. */
export function autoscaler(spec: ServiceSpec, context: RenderContext): readonly KubernetesObject[] {
  if (spec.scale === undefined) return [];
  const { most, cpuPercent } = spec.scale;
  return [
    object(`${spec.name}/autoscaler`, {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: metadataOf(spec, context),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: spec.name },
        minReplicas: spec.copies,
        maxReplicas: most,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpuPercent } },
          },
        ],
        // Load comes faster than it should go: a copy is taken away after five quiet minutes, one at a time.
        behavior: {
          scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
        },
      },
    }),
  ];
}
