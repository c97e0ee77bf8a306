// Decides, as a cluster's network would, whether rendered NetworkPolicies let a connection through.
import type { KubernetesService } from "../platforms/kubernetes/object";
import { templateOf, workloadOf } from "./manifests";

interface Peer {
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ipBlock?: { readonly cidr: string };
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
}
interface Policy {
  readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly policyTypes: readonly string[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}
interface Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether pods of `from` may open TCP connections to `port` of pods of `to`: both ends must have a rule for it. */
export function admits(from: KubernetesService, to: KubernetesService, port: number): boolean {
  const [source, target] = [podsOf(from), podsOf(to)];
  return (
    policiesOf(from, source).some(({ egress }) => egress.some((rule) => matches(rule, rule.to, target, port))) &&
    policiesOf(to, target).some(({ ingress }) => ingress.some((rule) => matches(rule, rule.from, source, port)))
  );
}

function matches({ ports }: Rule, peers: readonly Peer[] | undefined, pod: Pod, port: number): boolean {
  const rightPort = ports === undefined || ports.some((one) => one.protocol === "TCP" && one.port === port);
  return rightPort && (peers === undefined || peers.length === 0 || peers.some((peer) => isPeer(peer, pod)));
}

function isPeer({ namespaceSelector, podSelector }: Peer, { namespace, labels }: Pod): boolean {
  // Addresses of pods are private, and no range of ours holds one.
  if (podSelector === undefined) return false;
  const own = { "kubernetes.io/metadata.name": namespace };
  return has(own, namespaceSelector?.matchLabels ?? {}) && has(labels, podSelector.matchLabels);
}

function policiesOf({ objects }: KubernetesService, pod: Pod): readonly Policy[] {
  return objects
    .filter(({ manifest }) => manifest.kind === "NetworkPolicy")
    .map(({ manifest }) => manifest.spec as Policy)
    .filter(({ podSelector }) => has(pod.labels, podSelector.matchLabels));
}

/** The pods of a service, as its workload makes them. */
function podsOf(service: KubernetesService): Pod {
  return { namespace: workloadOf(service).metadata.namespace as string, labels: templateOf(service).metadata.labels };
}

function has(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
