// A throwaway client on the test cluster. There are no networks to be on: a policy of its own lets it reach the services that
// are on the networks it asks for. One that asks for none reaches nothing, as any pod without references.
import { randomUUID } from "node:crypto";
import { CoreV1Api, type KubeConfig, NetworkingV1Api } from "@kubernetes/client-node";
import { IMAGES } from "../catalogue/images";
import type { Network } from "../catalogue/spec";
import { namespaceOf } from "../platforms/kubernetes/address";
import { SERVICE_LABEL } from "../platforms/kubernetes/labels";
import { execIn } from "./kubernetes-exec";
import { type Rig, until, type Visitor } from "./rig";

const VISITOR_LABEL = "groundwork.test/visitor";

/** Starts a client with the tools of the MinIO image. */
export async function visit(
  access: KubeConfig,
  { environment, services }: Pick<Rig, "environment" | "services">,
  networks: readonly Network[],
): Promise<Visitor> {
  const core = access.makeApiClient(CoreV1Api);
  const networking = access.makeApiClient(NetworkingV1Api);
  const namespace = namespaceOf(environment);
  const name = `visitor-${randomUUID().slice(0, 8)}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: `${SERVICE_LABEL}=minio` });
  const image = items[0]?.spec?.containers[0]?.image;
  if (image === undefined) throw new Error("a visitor needs the image of minio");
  const self = { matchLabels: { [VISITOR_LABEL]: name } };
  const reached = services.filter((spec) => spec.networks.some((network) => networks.includes(network)));
  const selected = {
    matchExpressions: [{ key: SERVICE_LABEL, operator: "In", values: reached.map((spec) => spec.name) }],
  };
  const policies = [
    {
      name: `${name}-out`,
      spec: { podSelector: self, policyTypes: ["Egress"], egress: [{ to: [{ podSelector: selected }] }] },
    },
    {
      name: `${name}-in`,
      spec: { podSelector: selected, policyTypes: ["Ingress"], ingress: [{ _from: [{ podSelector: self }] }] },
    },
  ];
  if (reached.length > 0)
    for (const { name: policy, spec } of policies)
      await networking.createNamespacedNetworkPolicy({ namespace, body: { metadata: { name: policy }, spec } });
  const { uid } = IMAGES.minio;
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name, labels: self.matchLabels },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: uid,
          runAsGroup: uid,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "visitor",
            image,
            imagePullPolicy: "IfNotPresent",
            command: ["sleep", "infinity"],
            env: [{ name: "HOME", value: "/tmp" }],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          },
        ],
        volumes: [{ name: "tmp", emptyDir: {} }],
      },
    },
  });
  await until(`${name} to run`, 60, async () => {
    const { status } = await core.readNamespacedPod({ namespace, name });
    return status?.phase === "Running";
  });
  return {
    name: `visitor of ${networks.join(", ") || "nothing"}`,
    exec: (command, options) => execIn(access, { namespace, pod: name, container: "visitor" }, command, options),
    remove: async () => {
      await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
      if (reached.length > 0)
        for (const { name: policy } of policies)
          await networking.deleteNamespacedNetworkPolicy({ namespace, name: policy });
    },
  };
}
