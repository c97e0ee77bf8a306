// How a service is reached: by its name, through each copy, and from outside where it publishes ports.
import type { ServiceSpec } from "../../catalogue/spec";
import type { RenderContext } from "../platform";
import { clusterOf, membersName } from "./address";
import { podSelector } from "./labels";
import { metadataOf } from "./metadata";
import { type KubernetesObject, type Manifest, object } from "./object";

/** The service objects of `spec`; none where it opens no port. */
export function addresses(spec: ServiceSpec, context: RenderContext): readonly KubernetesObject[] {
  if (Object.keys(spec.ports).length === 0) return [];
  return [
    ...(spec.shape === "daemon" ? [] : [object(`${spec.name}/service`, balanced(spec, context))]),
    object(`${spec.name}/service/members`, members(spec, context)),
    ...(publicPorts(spec).length > 0 ? [object(`${spec.name}/service/public`, loadBalancer(spec, context))] : []),
  ];
}

/** The published ports that face the outside, by name. */
export function publicPorts({ publish, publishLocally }: ServiceSpec): readonly string[] {
  return Object.keys(publish).filter((port) => !publishLocally.includes(port));
}

/** Names of ports, as the cluster takes them. */
export const portName = (port: string): string => port.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** One address for all copies that are ready. */
function balanced(spec: ServiceSpec, context: RenderContext): Manifest {
  return serviceOf(spec, context, spec.name, {
    type: "ClusterIP",
    selector: podSelector(spec.name),
    ports: ownPorts(spec),
  });
}

/**
 * An address record for each copy, and where copies have names a name for each. Also while it is not ready: peers meet then,
 * and Prometheus has to see that it is unwell rather than that it is not there.
 */
function members(spec: ServiceSpec, context: RenderContext): Manifest {
  return serviceOf(spec, context, membersName(spec.name), {
    type: "ClusterIP",
    clusterIP: "None",
    publishNotReadyAddresses: true,
    selector: podSelector(spec.name),
    ports: ownPorts(spec),
  });
}

function loadBalancer(spec: ServiceSpec, context: RenderContext): Manifest {
  const { annotations, ranges } = clusterOf(context.environment).loadBalancer;
  const manifest = serviceOf(spec, context, `${spec.name}-public`, {
    type: "LoadBalancer",
    // Keeps the client's address, by which requests are limited and administrators let in.
    externalTrafficPolicy: "Local",
    // Each copy counts requests for itself, so a client stays with one.
    sessionAffinity: "ClientIP",
    ...(ranges.length > 0 && { loadBalancerSourceRanges: ranges }),
    selector: podSelector(spec.name),
    ports: publicPorts(spec).map((port) => ({
      name: portName(port),
      port: spec.publish[port],
      targetPort: spec.ports[port],
      protocol: "TCP",
    })),
  });
  return Object.keys(annotations).length === 0
    ? manifest
    : { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

function ownPorts(spec: ServiceSpec): readonly object[] {
  return Object.entries(spec.ports).map(([port, number]) => ({
    name: portName(port),
    port: number,
    targetPort: number,
    protocol: "TCP",
  }));
}

/** A service object of `spec`. */
export function serviceOf(spec: ServiceSpec, context: RenderContext, name: string, body: object): Manifest {
  return { apiVersion: "v1", kind: "Service", metadata: metadataOf(spec, context, name), spec: body };
}
