// Kubernetes' better way for single services. The outputs stay the same; only the rendered value changes.
import type { ServiceSpec } from "../../catalogue/spec";
import type { Override, RenderContext } from "../platform";
import { clusterOf, namespaceFor, roleName } from "./address";
import { podSelector } from "./labels";
import { metadataOf } from "./metadata";
import { type KubernetesObject, type KubernetesService, type Manifest, object } from "./object";
import { publicCertificate } from "./public-certificate";
import { portName, serviceOf } from "./render-services";

/** Labels by which Patroni finds its members and says what each is. */
const CLUSTER_LABEL = "groundwork.cluster";
const ROLE_LABEL = "groundwork.role";

/** From this many members on there is a replica left when one member is lost. */
const MEMBERS_FOR_REPLICAS = 3;

/**
 * Patroni keeps its state in the cluster's API, in `Endpoints` whose addresses it writes itself: taking the leader's lock and
 * becoming the address of the primary is one write, so that nobody is sent to a former primary, whatever has become of it.
 * Labels alone would leave a member that is cut off in the address until its machine is given up.
 */
const postgresByPatroni: Override<KubernetesService> = ({ objects }, spec, context) => {
  const cluster = roleName(spec.name, "primary");
  return {
    objects: [
      ...roleServices(spec, cluster, context),
      ...access(spec, cluster, context),
      ...objects.map((one) => {
        if (one.manifest.kind === "StatefulSet") return { ...one, manifest: led(one.manifest, spec, cluster, context) };
        if (one.manifest.kind === "NetworkPolicy") return { ...one, manifest: reachingApi(one.manifest, context) };
        return one;
      }),
    ],
  };
};

function roleServices(spec: ServiceSpec, cluster: string, context: RenderContext): readonly KubernetesObject[] {
  const port = spec.roles.primary ?? "";
  const ports = [{ name: portName(port), port: spec.ports[port], targetPort: spec.ports[port], protocol: "TCP" }];
  // A service follows one selector and knows no second choice: with two members, reads go to both.
  const onlyReplicas = spec.copies >= MEMBERS_FOR_REPLICAS;
  return [
    // No selector: Patroni writes who the primary is.
    object(`${spec.name}/service/primary`, serviceOf(spec, context, cluster, { type: "ClusterIP", ports })),
    object(
      `${spec.name}/service/replica`,
      serviceOf(spec, context, roleName(spec.name, "replica"), {
        type: "ClusterIP",
        selector: { ...podSelector(spec.name), ...(onlyReplicas && { [ROLE_LABEL]: "replica" }) },
        ports,
      }),
    ),
    // Endpoints without a service would be tidied away, and this one's hold the cluster's settings.
    object(
      `${spec.name}/service/config`,
      serviceOf(spec, context, `${cluster}-config`, { type: "ClusterIP", clusterIP: "None" }),
    ),
  ];
}

/** What Patroni may do: keep its own records, and label its own members. */
function access(spec: ServiceSpec, cluster: string, context: RenderContext): readonly KubernetesObject[] {
  const records = ["", "-config", "-failover", "-failsafe", "-sync"].map((suffix) => `${cluster}${suffix}`);
  const members = Array.from({ length: spec.copies }, (_, ordinal) => `${spec.name}-${ordinal}`);
  const rule = (resource: string, verbs: readonly string[], resourceNames?: readonly string[]) => ({
    apiGroups: [""],
    resources: [resource],
    verbs,
    ...(resourceNames && { resourceNames }),
  });
  return [
    object(`${spec.name}/role`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: metadataOf(spec, context),
      rules: [
        // Neither can be limited to names: what is created has none yet, and a list has no name.
        rule("endpoints", ["create", "list", "watch"]),
        rule("endpoints", ["get", "patch", "update"], records),
        rule("pods", ["list", "watch"]),
        rule("pods", ["get", "patch"], members),
      ],
    }),
    object(`${spec.name}/rolebinding`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: metadataOf(spec, context),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: spec.name },
      subjects: [{ kind: "ServiceAccount", name: spec.name, namespace: namespaceFor(spec, context.environment) }],
    }),
  ];
}

/** The workload, told where its cluster's records are, and with the token to write them. */
function led(manifest: Manifest, spec: ServiceSpec, cluster: string, context: RenderContext): Manifest {
  const body = manifest.spec as { readonly template: Template };
  const { template } = body;
  const port = spec.roles.primary ?? "";
  const settings = {
    SCOPE: cluster,
    KUBERNETES_NAMESPACE: namespaceFor(spec, context.environment),
    KUBERNETES_LABELS: JSON.stringify(podSelector(spec.name)),
    KUBERNETES_SCOPE_LABEL: CLUSTER_LABEL,
    KUBERNETES_ROLE_LABEL: ROLE_LABEL,
    KUBERNETES_LEADER_LABEL_VALUE: "primary",
    KUBERNETES_USE_ENDPOINTS: "true",
    KUBERNETES_PORTS: JSON.stringify([{ name: portName(port), port: spec.ports[port] }]),
  };
  const env = [
    ...Object.entries(settings).map(([name, value]) => ({ name: `PATRONI_${name}`, value })),
    { name: "PATRONI_KUBERNETES_POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
  ];
  return {
    ...manifest,
    spec: {
      ...body,
      template: {
        metadata: { ...template.metadata, labels: { ...template.metadata.labels, [CLUSTER_LABEL]: cluster } },
        spec: {
          ...template.spec,
          automountServiceAccountToken: true,
          containers: template.spec.containers.map((container) => ({
            ...container,
            env: [...(container.env ?? []), ...env],
          })),
        },
      },
    },
  };
}

/** The policy, with the API server among what members may reach. */
function reachingApi(manifest: Manifest, { environment }: RenderContext): Manifest {
  const { ranges, port } = clusterOf(environment).apiServer;
  const body = manifest.spec as { readonly egress: readonly object[] };
  const api = { to: ranges.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ protocol: "TCP", port }] };
  return { ...manifest, spec: { ...body, egress: [...body.egress, api] } };
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly env?: readonly object[]; readonly [field: string]: unknown }[];
    readonly [field: string]: unknown;
  };
}

export const overrides = { postgres: postgresByPatroni, traefik: publicCertificate } as const;
