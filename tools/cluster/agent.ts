// The part of a node that a cloud would bring: enforces NetworkPolicies and gives load balancers an address. Runs inside
// the cluster's namespaces, beside kube-proxy, until they end.
import { spawn } from "node:child_process";
import {
  CoreV1Api,
  type Informer,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
  NetworkingV1Api,
  type ObjectCache,
  type V1Service,
} from "@kubernetes/client-node";
import { clusterAccess } from "./access";
import { packetFilter } from "./network-policies";
import { NETWORK } from "./settings";

const access = clusterAccess();
const core = access.makeApiClient(CoreV1Api);
const networking = access.makeApiClient(NetworkingV1Api);

type Watched<T extends KubernetesObject> = Informer<T> & ObjectCache<T>;

const pods = watch("/api/v1/pods", () => core.listPodForAllNamespaces());
const namespaces = watch("/api/v1/namespaces", () => core.listNamespace());
const services = watch("/api/v1/services", () => core.listServiceForAllNamespaces());
const policies = watch("/apis/networking.k8s.io/v1/networkpolicies", () =>
  networking.listNetworkPolicyForAllNamespaces(),
);

/** Keeps a copy of what the API server has, and follows every change of it. */
function watch<T extends KubernetesObject>(path: string, list: () => Promise<KubernetesListObject<T>>): Watched<T> {
  const informer = makeInformer(access, path, list);
  informer.on("change", changed);
  // A watch ends now and then; the informer lists anew when it is started again.
  informer.on("error", (error) => {
    console.error(path, error);
    setTimeout(() => informer.start(), 1_000);
  });
  return informer;
}

let pending = false;
let working: Promise<void> = Promise.resolve();

/** Changes that come together are one: the work begins when those before it are done. */
function changed(): void {
  if (pending) return;
  pending = true;
  working = working
    .then(async () => {
      pending = false;
      await enforce();
      await balance();
    })
    .catch((error) => console.error(error));
}

let enforced = "";

/** Replaces the rules when they differ from the last ones. */
async function enforce(): Promise<void> {
  const wanted = packetFilter({ pods: pods.list(), namespaces: namespaces.list(), policies: policies.list() });
  if (wanted === enforced) return;
  await run(["iptables-restore", "--wait", "--noflush"], wanted);
  enforced = wanted;
}

/** Every load balancer has the same address, which kube-proxy answers for; their ports must differ. */
async function balance(): Promise<void> {
  const waiting = services.list().filter(({ spec, status }) => {
    return spec?.type === "LoadBalancer" && !status?.loadBalancer?.ingress?.length;
  });
  for (const { metadata } of waiting) {
    const status: V1Service["status"] = { loadBalancer: { ingress: [{ ip: NETWORK.balancer }] } };
    await core.patchNamespacedServiceStatus({
      name: metadata?.name ?? "",
      namespace: metadata?.namespace ?? "",
      body: [{ op: "add", path: "/status", value: status }],
    });
  }
}

function run([program = "", ...args]: readonly string[], input?: string): Promise<void> {
  const child = spawn(program, args, { stdio: [input === undefined ? "ignore" : "pipe", "inherit", "inherit"] });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
  // A program that ends before it has read all says why in its exit code.
  child.stdin?.on("error", () => undefined).end(input);
  return ended;
}

/** Every packet of a pod, to pods and beyond, and to the node itself. */
async function start(): Promise<void> {
  await enforce();
  for (const chain of ["FORWARD", "INPUT"]) await run(["iptables", "--wait", "--insert", chain, "--jump", "GW-POLICY"]);
  for (const informer of [namespaces, pods, policies, services]) await informer.start();
  changed();
}

start().catch((error) => {
  console.error(error);
  process.exit(1);
});
