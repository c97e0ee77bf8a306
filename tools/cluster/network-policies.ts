// What the cluster's NetworkPolicies allow, as rules for the node's packet filter. The bridge knows no policies, and no
// package that would enforce them is at hand; what a policy means is short enough to say here. IPv4, as the cluster is.
import type {
  V1LabelSelector,
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyIngressRule,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1Pod,
} from "@kubernetes/client-node";
import { without } from "./ranges";

/** What decides who may talk to whom. */
export interface Cluster {
  readonly pods: readonly V1Pod[];
  readonly namespaces: readonly V1Namespace[];
  readonly policies: readonly V1NetworkPolicy[];
}

type Direction = "Ingress" | "Egress";

/** Whom policies concern: pods of the bridge that have an address. */
function isOnBridge({ spec, status }: V1Pod): boolean {
  return spec?.hostNetwork !== true && !!status?.podIP && !["Succeeded", "Failed"].includes(status.phase ?? "");
}

/** The whole input of `iptables-restore --noflush`: both chains are replaced at once. Answers always pass. */
export function packetFilter(cluster: Cluster): string {
  const pods = cluster.pods.filter(isOnBridge);
  const present = { ...cluster, pods };
  return [
    "*filter",
    ":GW-POLICY - [0:0]",
    ":GW-EGRESS - [0:0]",
    ":GW-INGRESS - [0:0]",
    "-A GW-POLICY -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
    "-A GW-POLICY -j GW-EGRESS",
    "-A GW-POLICY -j GW-INGRESS",
    ...chain("Egress", present),
    ...chain("Ingress", present),
    "COMMIT",
    "",
  ].join("\n");
}

/** First all that is allowed, then the refusal of everything else for each pod that any policy selects. */
function chain(direction: Direction, cluster: Cluster): readonly string[] {
  const name = `GW-${direction.toUpperCase()}`;
  const own = direction === "Egress" ? "-s" : "-d";
  const selections = cluster.policies
    .filter(({ spec }) => typesOf(spec).includes(direction))
    .map((policy) => ({ policy, pods: cluster.pods.filter((pod) => isSelected(policy, pod)) }));
  const allowed = selections.flatMap(({ policy, pods }) =>
    pods.flatMap((pod) => allowances(direction, policy, pod, cluster).map((rule) => `-A ${name} ${rule} -j RETURN`)),
  );
  const isolated = new Set(selections.flatMap(({ pods }) => pods.map(addressOf)));
  return [
    ...new Set(allowed),
    ...[...isolated]
      .sort()
      .map((address) => `-A ${name} ${own} ${address} -j REJECT --reject-with icmp-admin-prohibited`),
  ];
}

/** What one policy allows one pod, without the target. */
function allowances(direction: Direction, policy: V1NetworkPolicy, pod: V1Pod, cluster: Cluster): readonly string[] {
  const { spec, metadata } = policy;
  const egress = direction === "Egress";
  const rules = egress
    ? (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
    : (spec?.ingress ?? []).map((rule) => ({ peers: sourcesOf(rule), ports: rule.ports }));
  const self = `${egress ? "-s" : "-d"} ${addressOf(pod)}`;
  return rules.flatMap(({ peers, ports }) =>
    endsOf(peers, metadata?.namespace ?? "", cluster).flatMap(({ range, pod: peer }) => {
      const other = range === undefined ? "" : ` ${egress ? "-d" : "-s"} ${range}`;
      return portsOf(ports, egress ? peer : pod).map((port) => `${self}${other}${port}`);
    }),
  );
}

/** The library's lists call the field `_from`, its watches leave it as the API server sends it. */
function sourcesOf(rule: V1NetworkPolicyIngressRule): readonly V1NetworkPolicyPeer[] | undefined {
  return rule._from ?? (rule as { readonly from?: readonly V1NetworkPolicyPeer[] }).from;
}

/** The other end of a connection: a range of addresses, of a pod where it is one; neither means anybody. */
interface End {
  readonly range?: string;
  readonly pod?: V1Pod;
}

function endsOf(
  peers: readonly V1NetworkPolicyPeer[] | undefined,
  namespace: string,
  cluster: Cluster,
): readonly End[] {
  if (peers === undefined || peers.length === 0) return [{}];
  return peers.flatMap(({ ipBlock, namespaceSelector, podSelector }): readonly End[] => {
    if (ipBlock !== undefined) {
      if (ipBlock.cidr.includes(":")) return [];
      return without(ipBlock.cidr, ipBlock.except ?? []).map((range) => ({ range }));
    }
    const spaces = cluster.namespaces
      .filter(({ metadata }) =>
        namespaceSelector === undefined ? metadata?.name === namespace : matches(namespaceSelector, metadata?.labels),
      )
      .map(({ metadata }) => metadata?.name);
    return cluster.pods
      .filter(({ metadata }) => spaces.includes(metadata?.namespace) && matches(podSelector ?? {}, metadata?.labels))
      .map((pod) => ({ range: `${addressOf(pod)}/32`, pod }));
  });
}

/** Matches of ports, as the filter takes them; a name means the port of that name in the pod that is connected to. */
function portsOf(ports: readonly V1NetworkPolicyPort[] | undefined, target: V1Pod | undefined): readonly string[] {
  if (ports === undefined || ports.length === 0) return [""];
  return ports.flatMap(({ protocol = "TCP", port, endPort }) => {
    const kind = ` -p ${protocol.toLowerCase()}`;
    if (port === undefined) return [kind];
    const number = typeof port === "number" ? port : namedPort(target, port);
    return number === undefined ? [] : [`${kind} --dport ${number}${endPort === undefined ? "" : `:${endPort}`}`];
  });
}

function namedPort(pod: V1Pod | undefined, name: string): number | undefined {
  const ports = pod?.spec?.containers.flatMap(({ ports: own = [] }) => own) ?? [];
  return ports.find((port) => port.name === name)?.containerPort;
}

function isSelected({ spec, metadata }: V1NetworkPolicy, pod: V1Pod): boolean {
  return metadata?.namespace === pod.metadata?.namespace && matches(spec?.podSelector ?? {}, pod.metadata?.labels);
}

/** Without `policyTypes` a policy is about what comes in, and about what goes out only if it says something of it. */
function typesOf(spec: V1NetworkPolicy["spec"]): readonly string[] {
  return spec?.policyTypes ?? ["Ingress", ...(spec?.egress === undefined ? [] : ["Egress"])];
}

function matches(
  { matchLabels = {}, matchExpressions = [] }: V1LabelSelector,
  labels: Record<string, string> = {},
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const among = value !== undefined && values.includes(value);
      return operator === "In" ? among : !among;
    })
  );
}

function addressOf({ status }: V1Pod): string {
  return status?.podIP ?? "";
}
