// The rig of a stack on the test cluster of this machine. What its words mean there:
// - kill: SIGKILL to every process of the container, then the pod is deleted; stop: the pod is deleted with its grace.
// - stays down until `start`: the only node takes no new pods meanwhile, so that whoever replaces the pod has to wait.
// - pause: the container's processes are frozen. cut: the node's end of the pod's cable is taken down.
import { randomUUID } from "node:crypto";
import { CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import { clusterAccess } from "../../tools/cluster/access";
import { ctr } from "../../tools/cluster/node-images";
import { inside } from "../../tools/cluster/sandbox";
import { NODE_NAME } from "../../tools/cluster/settings";
import { run } from "../../tools/run";
import type { ServiceName, ServiceSpec } from "../catalogue/spec";
import { copyName } from "../lib/naming";
import { copyHost, hasNamedCopies, namespaceFor, namespaceOf, serviceHost } from "../platforms/kubernetes/address";
import { kubernetes as platform } from "../platforms/kubernetes/kubernetes";
import { SERVICE_LABEL } from "../platforms/kubernetes/labels";
import { execIn } from "./kubernetes-exec";
import { visit } from "./kubernetes-visitor";
import { outputsOf } from "./outputs";
import { type Copy, type Rig, until } from "./rig";
import { stackContext } from "./stack-context";

/** The cluster that the rig works on, for what only Kubernetes can be asked. */
export const access = clusterAccess();
export const core = access.makeApiClient(CoreV1Api);

/** The rig of a running stack. @default the stack that `groundwork test` was told, else "test-kubernetes" */
export function kubernetesRig(stack = process.env.GROUNDWORK_TEST_STACK ?? "test-kubernetes"): Rig {
  const context = stackContext(stack, platform);
  const { environment, services } = context;
  const named = (name: ServiceName) => services.find((spec) => spec.name === name);
  return {
    environment,
    services,
    copies: (name) => {
      const spec = named(name);
      if (spec === undefined) return [];
      return Array.from({ length: spec.copies }, (_, ordinal) => kubernetesCopy(context, spec, ordinal));
    },
    host: (name) => {
      const spec = named(name);
      return serviceHost(name, spec === undefined ? namespaceOf(environment) : namespaceFor(spec, environment));
    },
    address: async () => {
      const { status } = await core.readNamespacedService({
        name: "traefik-public",
        namespace: namespaceOf(environment),
      });
      const ip = status?.loadBalancer?.ingress?.[0]?.ip;
      if (ip === undefined) throw new Error("traefik's load balancer has no address");
      return ip;
    },
    ...outputsOf(stack),
    visitor: (...networks) => visit(access, context, networks),
  };
}

/** The pods of a service, whatever their state; oldest first, so that copies without names keep their order. */
export async function podsOf(spec: ServiceSpec, namespace: string): Promise<readonly V1Pod[]> {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: `${SERVICE_LABEL}=${spec.name}` });
  const age = ({ metadata }: V1Pod) => new Date(metadata?.creationTimestamp ?? 0).getTime();
  return items.sort((a, b) => age(a) - age(b));
}

function kubernetesCopy({ environment }: Pick<Rig, "environment">, spec: ServiceSpec, ordinal: number): Copy {
  const namespace = namespaceFor(spec, environment);
  const name = copyName(spec.name, ordinal);
  const find = async () => {
    const pods = await podsOf(spec, namespace);
    return hasNamedCopies(spec) ? pods.find(({ metadata }) => metadata?.name === name) : pods[ordinal];
  };
  const pod = async () => {
    const found = await find();
    if (found === undefined) throw new Error(`${name} has no pod`);
    return found;
  };
  const remove = async ({ metadata }: V1Pod, gracePeriodSeconds?: number) => {
    await core.deleteNamespacedPod({
      name: metadata?.name ?? "",
      namespace,
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    });
    await gone(namespace, metadata?.uid);
  };
  let paused = false;
  const cable = async (direction: "up" | "down") => {
    await run(inside(["ip", "link", "set", await cableOf(await pod()), direction]));
  };
  return {
    name,
    service: spec.name,
    host: hasNamedCopies(spec) ? copyHost(name, spec, environment) : serviceHost(spec.name, namespace),
    exec: async (command, options) => {
      const { metadata } = await pod();
      return execIn(access, { namespace, pod: metadata?.name ?? "", container: spec.name }, command, options);
    },
    kill: async () => {
      const found = await find();
      if (found?.status?.phase !== "Running") return;
      await admitPods(false);
      const id = containerOf(found);
      await run(ctr("tasks", "kill", "--all", "--signal", "SIGKILL", id)).catch(() => undefined);
      await remove(found, 0);
    },
    stop: async () => {
      const found = await find();
      if (found?.status?.phase !== "Running") return;
      await admitPods(false);
      await remove(found);
    },
    start: () => admitPods(true),
    pause: async () => {
      if (!paused) await run(ctr("tasks", "pause", containerOf(await pod())));
      paused = true;
    },
    unpause: async () => {
      if (paused) await run(ctr("tasks", "resume", containerOf(await pod())));
      paused = false;
    },
    cut: () => cable("down"),
    heal: () => cable("up"),
    isReady: async () => {
      const found = await find();
      if (paused || found === undefined || found.metadata?.deletionTimestamp !== undefined) return false;
      return found.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
    },
  };
}

/** Whether the node takes new pods; those that run are not asked. */
async function admitPods(admits: boolean): Promise<void> {
  await core.patchNode({ name: NODE_NAME, body: [{ op: "add", path: "/spec/unschedulable", value: !admits }] });
}

/** Resolves when no pod of that identity is left. */
async function gone(namespace: string, uid: string | undefined): Promise<void> {
  await until(`pod ${uid} to be gone`, 90, async () => {
    const { items } = await core.listNamespacedPod({ namespace });
    return !items.some(({ metadata }) => metadata?.uid === uid);
  });
}

/** The runtime's name of a pod's only container. */
function containerOf({ metadata, status }: V1Pod): string {
  const id = status?.containerStatuses?.[0]?.containerID?.split("//")[1];
  if (id === undefined) throw new Error(`${metadata?.name} has no container`);
  return id;
}

/** The node's end of a pod's cable: inside, `eth0@if12` ends at the node's number 12. */
async function cableOf(pod: V1Pod): Promise<string> {
  const tasks = await run(ctr("tasks", "list"));
  const line = tasks.split("\n").find((each) => each.startsWith(containerOf(pod)));
  const pid = line?.split(/\s+/)[1] ?? "";
  const within = await run(inside(["nsenter", "--target", pid, "--net", "ip", "-json", "link", "show", "eth0"]));
  const [{ link_index }] = JSON.parse(within) as [{ link_index: number }];
  const links = JSON.parse(await run(inside(["ip", "-json", "link", "show"]))) as { ifindex: number; ifname: string }[];
  const found = links.find(({ ifindex }) => ifindex === link_index);
  if (found === undefined) throw new Error(`${pod.metadata?.name} has no cable`);
  return found.ifname;
}

/** A name that nothing else has. */
export const unique = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;
