// Waits until an object is ready or gone, tells how far it is, and in the end says why it is not.
import { setTimeout as pause } from "node:timers/promises";
import { asSecret, redactor } from "../wire";
import { type Cluster, isStatus } from "./cluster";
import { type Identity, idOf, type Live, titleOf } from "./identity";
import { type ClusterEvent, crashed, eventTexts, troubles } from "./pod-trouble";
import { judge, type Related } from "./readiness";
import { secretNames } from "./secret-names";

/** How long an operation waits unless its resource says otherwise; the official provider's time for workloads. */
export const PATIENCE_SECONDS = 600;

const LOOK_EVERY_MS = 700;
const LOG_LINES = 15;

export interface Waiting {
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Told when what it waits for has changed. */
  readonly onProgress: (text: string) => void;
}

/** The object is there, but not as it should be; each reason is one line. */
export class NotReady extends Error {
  constructor(
    readonly live: Live,
    readonly reasons: readonly string[],
  ) {
    super(reasons.join("\n"));
  }
}

/** Resolves with the object once it is ready. Throws `NotReady` when it fails, in time or too late, or the wait is cancelled. */
export async function untilReady(cluster: Cluster, first: Live, waiting: Waiting): Promise<Live> {
  const identity = identityOfLive(first);
  const path = await cluster.pathOf(identity);
  const end = Date.now() + waiting.seconds * 1000;
  let said = "";
  let last = first;
  for (;;) {
    const live = waiting.signal.aborted ? last : await cluster.get<Live>(path);
    if (!live) throw new NotReady(last, [`${titleOf(identity)}: was deleted while it was waited for`]);
    last = live;
    const verdict = judge(live, await relatedTo(cluster, live));
    if (verdict.state === "ready") return live;
    const title = titleOf(identity);
    if (verdict.state === "failed")
      throw new NotReady(live, [`${title}: failed: ${verdict.because}`, ...(await reasons(cluster, live))]);
    if (waiting.signal.aborted)
      throw new NotReady(live, [`${title}: was interrupted while waiting for ${verdict.for}; the next run goes on`]);
    if (Date.now() >= end)
      throw new NotReady(live, [
        `${title}: is not ready after ${waiting.seconds} s: waiting for ${verdict.for}`,
        ...(await reasons(cluster, live)),
      ]);
    if (verdict.for !== said) waiting.onProgress(`waiting for ${verdict.for}`);
    said = verdict.for;
    await pause(LOOK_EVERY_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
  }
}

/** Resolves once the object is gone, or replaced by another of its name. Throws when that takes too long. */
export async function untilGone(cluster: Cluster, path: string, object: Live, waiting: Waiting): Promise<void> {
  const end = Date.now() + waiting.seconds * 1000;
  const title = titleOf(identityOfLive(object));
  let said = "";
  for (;;) {
    waiting.signal.throwIfAborted();
    const live = await cluster.get<Live>(path, waiting.signal);
    if (!live || live.metadata.uid !== object.metadata.uid) return;
    const left = remains(live);
    if (Date.now() >= end) throw new Error(`${title}: is not gone after ${waiting.seconds} s: ${left}`);
    if (left !== said) waiting.onProgress(`waiting for it to be gone: ${left}`);
    said = left;
    await pause(LOOK_EVERY_MS, undefined, { signal: waiting.signal });
  }
}

/** What keeps an object from going, in the server's words. */
function remains({ metadata, status }: Live): string {
  const conditions = (status as { conditions?: { status: string; message?: string }[] } | undefined)?.conditions ?? [];
  const told = conditions.filter((each) => each.status === "True" && each.message).map(({ message }) => message);
  const finalizers = metadata.finalizers?.join(", ");
  return told.length > 0 ? told.join("; ") : finalizers ? `finalizers ${finalizers} hold it` : "its parts are ending";
}

/** What the verdict on `live` needs to know besides itself. */
export async function relatedTo(cluster: Cluster, live: Live): Promise<Related> {
  const pods = await podsOf(cluster, live);
  if (live.kind === "PersistentVolumeClaim") {
    const { storageClassName } = (live.spec ?? {}) as { storageClassName?: string };
    const path = `/apis/storage.k8s.io/v1/storageclasses/${storageClassName}`;
    const found = storageClassName ? await readable(cluster.get<{ volumeBindingMode?: string }>(path)) : undefined;
    return { pods, ...(found?.volumeBindingMode && { bindingMode: found.volumeBindingMode }) };
  }
  if (live.kind === "Service" && live.apiVersion === "v1") {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${live.metadata.namespace}/endpointslices`;
    const labelSelector = `kubernetes.io/service-name=${live.metadata.name}`;
    const slices = await cluster.get<{ items: EndpointSlice[] }>(path, undefined, { labelSelector });
    const ends = (slices?.items ?? []).flatMap(({ endpoints }) => endpoints ?? []);
    return { pods, addresses: ends.filter(({ conditions }) => conditions?.ready !== false).length };
  }
  return { pods };
}

interface EndpointSlice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[];
}

/** The pods of a workload's present revision. */
async function podsOf(cluster: Cluster, live: Live): Promise<readonly Live[]> {
  if (live.kind === "Pod") return [live];
  const { selector } = (live.spec ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
  if (!selector?.matchLabels || !["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(live.kind)) return [];
  const labelSelector = Object.entries(selector.matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const list = async (path: string) =>
    (await readable(cluster.get<{ items: Live[] }>(path, undefined, { labelSelector })))?.items ?? [];
  const pods = await list(`/api/v1/namespaces/${live.metadata.namespace}/pods`);
  const owned = (owner: string | undefined) => (pod: Live) =>
    pod.metadata.ownerReferences?.some(({ uid }) => uid === owner) ?? false;
  if (live.kind === "Deployment") {
    const sets = await list(`/apis/apps/v1/namespaces/${live.metadata.namespace}/replicasets`);
    const revision = live.metadata.annotations?.[REVISION];
    const newest = sets
      .filter(owned(live.metadata.uid))
      .find(({ metadata }) => metadata.annotations?.[REVISION] === revision);
    return pods.filter(owned(newest?.metadata.uid));
  }
  const own = pods.filter(owned(live.metadata.uid));
  const { updateRevision } = (live.status ?? {}) as { updateRevision?: string };
  return live.kind === "StatefulSet"
    ? own.filter(({ metadata }) => metadata.labels?.["controller-revision-hash"] === updateRevision)
    : own;
}

const REVISION = "deployment.kubernetes.io/revision";

/** Everything that explains why `live` is not ready: its pods' troubles, warnings of the cluster, last lines of logs. */
async function reasons(cluster: Cluster, live: Live): Promise<readonly string[]> {
  const pods = await podsOf(cluster, live);
  const events = await readable(
    cluster.get<{ items: ClusterEvent[] }>(`/api/v1/namespaces/${live.metadata.namespace ?? "default"}/events`),
  );
  const uids = new Set([live.metadata.uid, ...pods.map(({ metadata }) => metadata.uid)]);
  const about = (events?.items ?? []).filter(({ involvedObject }) => uids.has(involvedObject?.uid));
  const logs = await Promise.all(pods.slice(-2).map((pod) => lastLines(cluster, pod)));
  return [...pods.flatMap(troubles), ...eventTexts(about).map((text) => `warning: ${text}`), ...logs.flat()];
}

/** The last lines of what ended badly in a pod, without the secrets that the pod can see. */
async function lastLines(cluster: Cluster, pod: Live): Promise<readonly string[]> {
  const place = `/api/v1/namespaces/${pod.metadata.namespace}`;
  const ended = crashed(pod);
  if (ended.length === 0) return [];
  const seen = secretNames(pod.spec).map((name) =>
    cluster.get<{ data?: Record<string, string> }>(`${place}/secrets/${name}`),
  );
  const secrets = await Promise.all(seen).catch(() => undefined);
  if (!secrets)
    return [`pod ${pod.metadata.name}: its log is not shown, since its secrets cannot be read to hide them`];
  const values = secrets.flatMap((secret) =>
    Object.values(secret?.data ?? {}).map((value) => asSecret(Buffer.from(value, "base64").toString())),
  );
  const redact = redactor(values);
  const logs = await Promise.all(
    ended.map(async ({ container, previous }) => {
      const query = { container, tailLines: String(LOG_LINES), ...(previous && { previous: "true" }) };
      const path = `${place}/pods/${pod.metadata.name}/log`;
      const answer = await cluster.request("GET", path, { query }).catch(() => undefined);
      const lines = answer === undefined ? [] : String(answer.body).split("\n");
      return lines.filter((line) => line.trim() !== "").map((line) => `log of ${container}: ${redact(line)}`);
    }),
  );
  return logs.flat();
}

/** What may be looked at; nothing where the rights do not reach. */
async function readable<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}

function identityOfLive({ apiVersion, kind, metadata }: Live): Identity {
  const { namespace, name } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

/** The id of a live object. */
export function idOfLive(live: Live): string {
  return idOf(identityOfLive(live));
}
