// Why pods do not come up, in words: scheduling, images, crashes, probes. Pure functions over recorded objects.
import type { Live } from "./identity";

interface State {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string };
  readonly running?: object;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly state?: State;
  readonly lastState?: State;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly Condition[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** An event of the cluster. */
export interface ClusterEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly uid?: string; readonly name?: string };
}

export function statusOf(pod: Live): PodStatus {
  return (pod.status ?? {}) as PodStatus;
}

/** A condition of any object. */
export function conditionOf(object: Live, type: string): Condition | undefined {
  const { conditions = [] } = (object.status ?? {}) as { conditions?: readonly Condition[] };
  return conditions.find((condition) => condition.type === type);
}

/** Whether the pod serves. */
export function isPodReady(pod: Live): boolean {
  return conditionOf(pod, "Ready")?.status === "True";
}

/** What is wrong with a pod, one line each; empty while it is merely starting. */
export function troubles(pod: Live): readonly string[] {
  const status = statusOf(pod);
  const named = (text: string) => `pod ${pod.metadata.name}: ${text}`;
  const scheduled = conditionOf(pod, "PodScheduled");
  const found: string[] = [];
  if (scheduled?.status === "False")
    found.push(
      named(`cannot be placed on a node (${scheduled.reason ?? "Unschedulable"}): ${scheduled.message ?? ""}`),
    );
  if (status.phase === "Failed") found.push(named(`failed${because(status)}`));
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
    found.push(...containerTroubles(container).map(named));
  return found;
}

function containerTroubles({ name, image, state, lastState, restartCount }: ContainerStatus): readonly string[] {
  const waiting = state?.waiting;
  const ended = state?.terminated ?? lastState?.terminated;
  const code = ended?.exitCode === undefined ? "" : `, last exit code ${ended.exitCode}${because(ended)}`;
  if (waiting?.reason === undefined)
    return state?.terminated && state.terminated.exitCode !== 0 ? [`container ${name} ended${code}`] : [];
  switch (waiting.reason) {
    case "ContainerCreating":
    case "PodInitializing":
      return [];
    case "ImagePullBackOff":
    case "ErrImagePull":
    case "ErrImageNeverPull":
    case "InvalidImageName":
    case "RegistryUnavailable":
      return [`container ${name} cannot get its image ${image} (${waiting.reason})${messageOf(waiting)}`];
    case "CrashLoopBackOff":
      return [`container ${name} crashes again and again (CrashLoopBackOff), ${restartCount} restarts${code}`];
    default:
      return [`container ${name} cannot start (${waiting.reason})${messageOf(waiting)}`];
  }
}

/** What the last warnings about an object and its pods say, the same text once, newest last. */
export function eventTexts(events: readonly ClusterEvent[], most = 3): readonly string[] {
  const texts = events
    .filter(({ type }) => type === "Warning")
    .map(
      ({ reason, message, involvedObject }) => `${involvedObject?.name ?? ""}: ${reason}: ${oneLine(message ?? "")}`,
    );
  return [...new Set(texts)].slice(-most);
}

/** Containers of a pod that have ended badly, or do so repeatedly: whose logs say more. */
export function crashed(pod: Live): readonly { readonly container: string; readonly previous: boolean }[] {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf(pod);
  return [...initContainerStatuses, ...containerStatuses].flatMap(({ name: container, state, lastState }) => {
    const ended = state?.terminated !== undefined && state.terminated.exitCode !== 0;
    const restarts = lastState?.terminated !== undefined && !state?.running;
    return ended || restarts ? [{ container, previous: !ended }] : [];
  });
}

function because({ reason, message }: { readonly reason?: string; readonly message?: string }): string {
  const said = [reason, message].filter((text) => text !== undefined && text !== "" && text !== "Error");
  return said.length > 0 ? ` (${oneLine(said.join(": "))})` : "";
}

function messageOf({ message }: { readonly message?: string }): string {
  return message ? `: ${oneLine(message)}` : "";
}

function oneLine(message: string): string {
  return message.trim().replaceAll(/\s*\n\s*/g, "; ");
}
