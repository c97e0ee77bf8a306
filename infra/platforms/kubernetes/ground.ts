// What all services of a stack stand on: namespaces, the denial of every connection that nobody allows, and priorities.
import type { Priority } from "../../catalogue/spec";
import type { Environment } from "../../environment";
import { physicalName } from "../../lib/naming";
import type { RenderContext } from "../platform";
import { hostNamespaceOf, namespaceOf } from "./address";
import { stackLabels } from "./labels";
import { type KubernetesObject, type KubernetesService, type Manifest, object } from "./object";

/** Higher numbers go first; the cluster's own components are far above them. */
const PRIORITIES: Readonly<Record<Priority, number>> = { first: 1_000_000, second: 900_000, last: 800_000 };

/** Name of the class of a priority; classes belong to the whole cluster, hence the stack in it. */
export function priorityClassName(priority: Priority, { stack }: Environment): string {
  return physicalName(stack, priority);
}

/** The objects that come before those of any service. */
export function ground({ environment, services }: RenderContext): KubernetesService {
  const own = namespaceOf(environment);
  const readsHost = services.some(({ hostReads }) => hostReads.length > 0);
  return {
    objects: [
      ...namespace("own", own, "restricted", environment),
      // The exception: what reads its machine mounts the machine's directories, which only `privileged` admits. Its
      // containers are held as tightly as all others, and nothing else runs there.
      ...(readsHost ? namespace("host", hostNamespaceOf(environment), "privileged", environment) : []),
      ...Object.entries(PRIORITIES).map(([priority, value]) =>
        object(`ground/priority/${priority}`, {
          apiVersion: "scheduling.k8s.io/v1",
          kind: "PriorityClass",
          metadata: {
            name: priorityClassName(priority as Priority, environment),
            labels: stackLabels(environment.stack),
          },
          value,
          globalDefault: false,
          description: `what goes ${priority} in stack ${environment.stack}`,
        }),
      ),
    ],
  };
}

function namespace(
  what: "own" | "host",
  name: string,
  level: "restricted" | "privileged",
  { stack }: Environment,
): readonly KubernetesObject[] {
  const metadata = (of: string): Manifest["metadata"] => ({ name: of, namespace: name, labels: stackLabels(stack) });
  const policy = (of: string, spec: object) =>
    object(`ground/networkpolicy/${what}/${of}`, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadata(of),
      spec,
    });
  return [
    object(
      `ground/namespace/${what}`,
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { ...stackLabels(stack), ...podSecurity(level) } },
      },
      // Whoever deletes a namespace deletes the volumes in it.
      { stateful: what === "own" },
    ),
    policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    policy("names", { podSelector: {}, policyTypes: ["Egress"], egress: [NAMES] }),
  ];
}

function podSecurity(level: "restricted" | "privileged"): Readonly<Record<string, string>> {
  const modes = level === "restricted" ? ["enforce", "audit", "warn"] : ["enforce"];
  return Object.fromEntries(modes.map((mode) => [`pod-security.kubernetes.io/${mode}`, level]));
}

/** The cluster's DNS, and the cache of it that some clusters run on every machine, at an address of its own. */
const NAMES = {
  to: [
    { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } },
    { ipBlock: { cidr: "169.254.20.10/32" } },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};
