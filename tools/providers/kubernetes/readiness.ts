// When an object of each kind counts as ready, what it waits for, and when waiting is of no use. Pure.
import type { Live } from "./identity";
import { conditionOf, isPodReady, statusOf, troubles } from "./pod-trouble";

/** What belongs to an object and tells how it is. */
export interface Related {
  /** Pods of the object's present revision. */
  readonly pods: readonly Live[];
  /** How a claim's storage class binds; absent for other kinds. */
  readonly bindingMode?: string;
  /** Number of addresses behind a Service. */
  readonly addresses?: number;
}

/** A verdict on one look at an object. */
export type Verdict =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly for: string }
  | { readonly state: "failed"; readonly because: string };

const READY: Verdict = { state: "ready" };

interface Counts {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly updateRevision?: string;
  readonly currentRevision?: string;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberReady?: number;
  readonly phase?: string;
  readonly loadBalancer?: { readonly ingress?: readonly unknown[] };
}

type Judge = (object: Live, related: Related) => Verdict;

/** Kinds that take time. Every other kind is ready as soon as the server has it. */
const JUDGES: Readonly<Record<string, Judge>> = {
  "apps/Deployment": deployment,
  "apps/StatefulSet": statefulSet,
  "apps/DaemonSet": daemonSet,
  "batch/Job": job,
  "/Pod": pod,
  "/PersistentVolumeClaim": claim,
  "/Service": service,
  "/Namespace": namespace,
};

/** Whether objects of this kind are waited for. */
export function isAwaited({ apiVersion, kind }: Pick<Live, "apiVersion" | "kind">): boolean {
  return keyOf({ apiVersion, kind }) in JUDGES;
}

/** Judges one look at `object`. */
export function judge(object: Live, related: Related): Verdict {
  return JUDGES[keyOf(object)]?.(object, related) ?? READY;
}

function keyOf({ apiVersion, kind }: Pick<Live, "apiVersion" | "kind">): string {
  return `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""}/${kind}`;
}

function countsOf(object: Live): Counts {
  return (object.status ?? {}) as Counts;
}

function specOf(object: Live): Record<string, unknown> {
  return (object.spec ?? {}) as Record<string, unknown>;
}

/** The controller has not looked at the present specification yet. */
function unseen(object: Live): boolean {
  return (countsOf(object).observedGeneration ?? 0) < (object.metadata.generation ?? 0);
}

function waiting(text: string, { pods }: Related): Verdict {
  const [first] = pods.flatMap(troubles);
  return { state: "waiting", for: first === undefined ? text : `${text}; ${first}` };
}

function deployment(object: Live, related: Related): Verdict {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = countsOf(object);
  const wanted = Number(specOf(object).replicas ?? 1);
  const progressing = conditionOf(object, "Progressing");
  if (unseen(object)) return waiting("the controller to look at it", related);
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return { state: "failed", because: "the rollout made no progress within its deadline" };
  if (updatedReplicas < wanted) return waiting(`${updatedReplicas} of ${wanted} pods are of the new revision`, related);
  if (availableReplicas < wanted) return waiting(`${availableReplicas} of ${wanted} pods are available`, related);
  if (replicas > updatedReplicas) return waiting(`${replicas - updatedReplicas} old pods are ending`, related);
  return READY;
}

function statefulSet(object: Live, related: Related): Verdict {
  const { updatedReplicas = 0, readyReplicas = 0, updateRevision, currentRevision } = countsOf(object);
  const { replicas, updateStrategy } = specOf(object) as { replicas?: number; updateStrategy?: { type?: string } };
  const wanted = replicas ?? 1;
  if (unseen(object)) return waiting("the controller to look at it", related);
  // With OnDelete somebody else renews the pods, in their own time and order.
  const renewed = updateStrategy?.type === "OnDelete" || updateRevision === currentRevision ? wanted : updatedReplicas;
  if (renewed < wanted) return waiting(`${renewed} of ${wanted} pods are of the new revision`, related);
  if (readyReplicas < wanted) return waiting(`${readyReplicas} of ${wanted} pods are ready`, related);
  return READY;
}

function daemonSet(object: Live, related: Related): Verdict {
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberReady = 0 } = countsOf(object);
  const { updateStrategy } = specOf(object) as { updateStrategy?: { type?: string } };
  if (unseen(object)) return waiting("the controller to look at it", related);
  if (updateStrategy?.type !== "OnDelete" && updatedNumberScheduled < wanted)
    return waiting(`${updatedNumberScheduled} of ${wanted} pods are of the new revision`, related);
  if (numberReady < wanted) return waiting(`${numberReady} of ${wanted} pods are ready`, related);
  return READY;
}

function job(object: Live, related: Related): Verdict {
  const failed = conditionOf(object, "Failed");
  if (failed?.status === "True")
    return { state: "failed", because: [failed.reason, failed.message].filter(Boolean).join(": ") };
  if (conditionOf(object, "Complete")?.status === "True" || specOf(object).suspend === true) return READY;
  return waiting("it to end", related);
}

function pod(object: Live): Verdict {
  const { phase } = statusOf(object);
  if (phase === "Failed") return { state: "failed", because: troubles(object).join("; ") };
  if (phase === "Succeeded" || isPodReady(object)) return READY;
  return waiting(`it to be ready, it is ${phase ?? "Pending"}`, { pods: [object] });
}

function claim(object: Live, { bindingMode }: Related): Verdict {
  const { phase } = countsOf(object);
  if (phase === "Lost") return { state: "failed", because: "its volume is lost" };
  // Such a claim is bound by the first pod that uses it, which is not there yet.
  if (phase === "Bound" || bindingMode === "WaitForFirstConsumer") return READY;
  return { state: "waiting", for: "a volume to be bound to it" };
}

function service(object: Live, { addresses = 0 }: Related): Verdict {
  const { type, clusterIP, selector } = specOf(object) as { type?: string; clusterIP?: string; selector?: object };
  if (type === "ExternalName" || clusterIP === "None" || selector === undefined) return READY;
  if (type === "LoadBalancer" && !countsOf(object).loadBalancer?.ingress?.length)
    return { state: "waiting", for: "an address of the load balancer" };
  return addresses > 0 ? READY : { state: "waiting", for: "a ready pod behind it" };
}

function namespace(object: Live): Verdict {
  return countsOf(object).phase === "Active" ? READY : { state: "waiting", for: "it to be active" };
}
