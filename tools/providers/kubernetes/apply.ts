// Makes, changes and removes objects by server-side apply, and asks the server beforehand what it would say.
import type { Properties } from "../wire";
import { type Answer, type Cluster, isStatus, Refusal, UnknownKind, Unreachable } from "./cluster";
import { type Identity, isAppliedBy, type Live, titleOf } from "./identity";
import { dryRunnable, manifest } from "./object";
import { conditionOf } from "./pod-trouble";
import { untilGone, type Waiting } from "./wait";

export interface Applying {
  readonly cluster: Cluster;
  readonly identity: Identity;
  /** Under which name the server keeps who manages what. */
  readonly manager: string;
  /** Take fields over that others manage. */
  readonly force: boolean;
  readonly waiting: Waiting;
  readonly onWarning: (text: string) => void;
}

/**
 * Creates the object. One that exists is refused, unless this resource made it in a run that was cut off before it could
 * record it, or `upsert` allows it.
 */
export async function createObject(applying: Applying, inputs: Properties, upsert: boolean): Promise<Live> {
  const { cluster, identity, manager, waiting } = applying;
  const path = await cluster.pathOf(identity);
  const existing = await cluster.get<Live>(path, waiting.signal);
  if (existing?.metadata.deletionTimestamp) await untilGone(cluster, path, existing, waiting);
  else if (existing && !upsert && !isAppliedBy(existing, manager)) throw alreadyExists();
  if (existing) await removeFailedJob(applying, existing);
  try {
    return await apply(applying, manifest(inputs));
  } catch (error) {
    // What a cut-off run left of a job may be of other inputs, and a job never changes.
    if (!existing || identity.kind !== "Job" || !isStatus(error, 422)) throw error;
    await deleteObject(applying, {});
    return apply(applying, manifest(inputs));
  }
}

/** Brings an object to its inputs; one that is gone is made anew. */
export async function updateObject(applying: Applying, inputs: Properties): Promise<Live> {
  const { cluster, identity, waiting } = applying;
  const existing = await cluster.get<Live>(await cluster.pathOf(identity), waiting.signal);
  if (existing) await removeFailedJob(applying, existing);
  return apply(applying, manifest(inputs));
}

/** A job that has failed never runs again; it is made anew, so that the next run tries again. */
async function removeFailedJob(applying: Applying, existing: Live): Promise<void> {
  if (existing.kind !== "Job" || conditionOf(existing, "Failed")?.status !== "True") return;
  await deleteObject(applying, {});
}

/** Deletes the object and waits until it is gone, with everything it owns. Gone already is done. */
export async function deleteObject(applying: Applying, annotations: Readonly<Record<string, string>>): Promise<void> {
  const { cluster, identity, waiting } = applying;
  const path = await cluster.pathOf(identity);
  const live = await cluster.get<Live>(path, waiting.signal);
  if (!live) return;
  const propagationPolicy = capitalised(annotations["pulumi.com/deletionPropagationPolicy"] ?? "foreground");
  const body = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy,
    ...(live.metadata.uid && { preconditions: { uid: live.metadata.uid } }),
  };
  try {
    await cluster.request("DELETE", path, { body, signal: waiting.signal });
  } catch (error) {
    if (isStatus(error, 404) || isStatus(error, 409)) return;
    throw error;
  }
  await untilGone(cluster, path, live, waiting);
}

/** What a dry run found out. */
export type Verified = { readonly verified: true } | { readonly verified: false; readonly because: string };

/**
 * Lets the server judge a creation or a change without doing it. Throws what it refuses. Says why where it cannot judge:
 * the cluster cannot be reached, or what the object needs does not exist yet.
 */
export async function verify(
  applying: Applying,
  inputs: Properties,
  creating: boolean,
  upsert: boolean,
): Promise<Verified> {
  const { cluster, identity, manager, waiting } = applying;
  const wanted = dryRunnable(inputs);
  if (!wanted) return { verified: false, because: "some values are known only after the run" };
  try {
    const path = await cluster.pathOf(identity);
    const existing = await cluster.get<Live>(path, waiting.signal);
    if (creating && existing) {
      // A replacement, or what a run that was cut off has left: the server would compare it with what stands in its place.
      if (existing.metadata.deletionTimestamp || isAppliedBy(existing, manager))
        return { verified: false, because: `${titleOf(identity)} is there until it is replaced` };
      if (!upsert) throw alreadyExists();
    }
    await apply(applying, wanted, { dryRun: "All" });
    return { verified: true };
  } catch (error) {
    const because = unverifiable(error, identity);
    if (because === undefined) throw error;
    return { verified: false, because };
  }
}

/** Why the server could not judge, or `undefined` for an error that is its judgement. */
function unverifiable(error: unknown, { namespace }: Identity): string | undefined {
  if (error instanceof Unreachable) return error.message;
  if (error instanceof UnknownKind) return error.message;
  if (isStatus(error, 404) && namespace !== undefined && error.message.includes(`namespaces "${namespace}"`))
    return `namespace ${namespace} does not exist yet`;
  return undefined;
}

/** The object as the server would have it if `inputs` were applied now; `undefined` if it refuses them. */
export async function wouldBe(applying: Applying, inputs: Properties): Promise<Live | undefined> {
  try {
    return await apply({ ...applying, force: true, onWarning: () => undefined }, manifest(inputs), { dryRun: "All" });
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

async function apply(
  { cluster, identity, manager, force, onWarning }: Applying,
  object: Properties,
  query: Readonly<Record<string, string>> = {},
): Promise<Live> {
  const path = await cluster.pathOf(identity);
  let answer: Answer;
  try {
    answer = await cluster.request("PATCH", path, {
      query: { fieldManager: manager, fieldValidation: "Strict", force: String(force), ...query },
      contentType: "application/apply-patch+yaml",
      // Not cut off by a cancelled run: what the server has made must be recorded.
      body: { ...object, apiVersion: identity.apiVersion, kind: identity.kind },
    });
  } catch (error) {
    if (isStatus(error, 409) && error.reason === "Conflict" && !force)
      throw new Refusal(
        error.status,
        error.reason,
        `${error.message.replaceAll(/\s*\n\s*/g, " ")}; give the fields up, or take them over with the annotation pulumi.com/patchForce: "true"`,
      );
    throw error;
  }
  for (const warning of answer.warnings) onWarning(warning);
  return answer.body as Live;
}

function alreadyExists(): Refusal {
  return new Refusal(
    409,
    "AlreadyExists",
    "already exists, and this resource did not make it; import it with the option `import`, give it another name, or delete it",
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
