// Who may connect to whom, from the references alone. What no policy names is denied, both ways, by ground.ts.
import { type Connection, connectionsFrom, connectionsTo } from "../../catalogue/connections";
import { serviceNamed } from "../../catalogue/references";
import type { ServiceName, ServiceSpec } from "../../catalogue/spec";
import type { RenderContext } from "../platform";
import { clusterOf, namespaceFor } from "./address";
import { podSelector } from "./labels";
import { metadataOf } from "./metadata";
import { type KubernetesObject, object } from "./object";
import { publicPorts } from "./render-services";

/** Addresses that are not the internet: private, shared, link-local (with the clouds' metadata), loopback, reserved. */
const PRIVATE = {
  v4: [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
  ],
  v6: ["::1/128", "fc00::/7", "fe80::/10", "ff00::/8"],
} as const;

/** What `spec` may open, and who may open what of it. */
export function networkPolicy(spec: ServiceSpec, context: RenderContext): KubernetesObject {
  const { services } = context;
  const ingress = [
    ...byPeer(connectionsTo(services).get(spec.name) ?? [], "from", context),
    ...fromOutside(spec, context),
  ];
  const egress = [
    ...byPeer(connectionsFrom(services).get(spec.name) ?? [], "to", context),
    ...toOutside(spec, context),
  ];
  return object(`${spec.name}/networkpolicy`, {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metadataOf(spec, context),
    spec: { podSelector: { matchLabels: podSelector(spec.name) }, policyTypes: ["Ingress", "Egress"], ingress, egress },
  });
}

/** One rule for each service at the other end, with the ports of the one that is connected to. */
function byPeer(all: readonly Connection[], end: "from" | "to", context: RenderContext): readonly object[] {
  const others = [...new Set(all.map((connection) => connection[end]))];
  return others.map((other) => ({
    [end]: [podsOf(other, context)],
    ports: all
      .filter((connection) => connection[end] === other)
      .map(({ to, port }) => ({ protocol: "TCP", port: find(to, context).ports[port] })),
  }));
}

function podsOf(service: ServiceName, context: RenderContext): object {
  const namespace = namespaceFor(find(service, context), context.environment);
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: podSelector(service) },
  };
}

/** Published ports are open to whom the load balancer lets through. */
function fromOutside(spec: ServiceSpec, { environment }: RenderContext): readonly object[] {
  const opened = publicPorts(spec).map((port) => ({ protocol: "TCP", port: spec.ports[port] }));
  const ranges = clusterOf(environment).loadBalancer.ranges;
  if (opened.length === 0) return [];
  return [{ ...(ranges.length > 0 && { from: ranges.map((cidr) => ({ ipBlock: { cidr } })) }), ports: opened }];
}

/** The edge reaches the internet, and of private addresses those that the stack names. */
function toOutside({ networks }: ServiceSpec, { environment }: RenderContext): readonly object[] {
  if (!networks.includes("edge")) return [];
  return [
    {
      to: [
        { ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE.v4 } },
        { ipBlock: { cidr: "::/0", except: PRIVATE.v6 } },
        ...clusterOf(environment).egress.map((cidr) => ({ ipBlock: { cidr } })),
      ],
    },
  ];
}

function find(name: ServiceName, { services }: RenderContext): ServiceSpec {
  return serviceNamed(name, services) as ServiceSpec;
}
