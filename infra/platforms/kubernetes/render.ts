// One service as Kubernetes objects: its account, configuration, workload, addresses, network policy and disruption budget.
import type { ServiceSpec } from "../../catalogue/spec";
import type { RenderContext } from "../platform";
import { autoscaler, disruptionBudget } from "./disruption";
import { metadataOf } from "./metadata";
import { networkPolicy } from "./network-policy";
import { type KubernetesService, type Manifest, object } from "./object";
import { configuration } from "./render-configuration";
import { addresses } from "./render-services";
import { workload } from "./render-workload";

/** Renders `spec`, in the order in which its objects need each other. */
export function render(spec: ServiceSpec, context: RenderContext): KubernetesService {
  const config = configuration(spec, context);
  return {
    objects: [
      object(`${spec.name}/account`, serviceAccount(spec, context)),
      networkPolicy(spec, context),
      ...config,
      ...addresses(spec, context),
      workload(spec, config, context),
      ...disruptionBudget(spec, context),
      ...autoscaler(spec, context),
    ],
  };
}

/** An identity that may do nothing, and whose token no pod carries. */
function serviceAccount(spec: ServiceSpec, context: RenderContext): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf(spec, context),
    automountServiceAccountToken: false,
  };
}
