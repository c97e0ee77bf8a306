// The Docker engine as the resource types use it: one connection, waiting with an end, leftovers of interrupted runs.
import { setTimeout as pause } from "node:timers/promises";
import Docker from "dockerode";
import type { CallContext } from "../resource-type";

/** Marks what a resource made, so that a run that was killed half-way can be recognised and finished by the next one. */
export const OWNER_LABEL = "com.pulumi.urn";

let connection: Docker | undefined;

/** The engine that `DOCKER_HOST` or the provider's `host` names; the local socket without either. */
export function engine(): Docker {
  connection ??= new Docker();
  return connection;
}

/** Takes the provider's `host`, e.g. `unix:///var/run/docker.sock` or `ssh://admin@host`. */
export function connect(host: unknown): void {
  if (typeof host === "string" && host !== "") process.env.DOCKER_HOST = host;
  connection = undefined;
}

/** What the engine answers when it refuses. */
export interface Refusal {
  readonly statusCode: number;
  readonly reason: string;
}

/** The engine's refusal, or `undefined` when the error is something else. */
export function refusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") return undefined;
  const json = "json" in error ? error.json : undefined;
  const message = typeof json === "object" && json !== null && "message" in json ? String(json.message) : error.message;
  return { statusCode: error.statusCode, reason: message.trim().replaceAll(/\s*\n\s*/g, "; ") };
}

/** The error to report for `what`: the engine's own words on one line. */
export function failure(what: string, error: unknown): Error {
  if (error instanceof Failure) return error;
  const told = refusal(error)?.reason ?? (error instanceof Error ? error.message : String(error));
  return new Failure(`${what}: ${told}`);
}

/** An error that already says what it is about. */
export class Failure extends Error {}

/** `undefined` instead of the engine's "no such object". */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (refusal(error)?.statusCode === 404) return undefined;
    throw error;
  }
}

/** How often to look while waiting. */
const LOOK_EVERY_MS = 200;

/** Asks until the answer is not `undefined`; gives `undefined` when `seconds` have passed. Throws when aborted. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined || Date.now() >= end) return answer;
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** How long something may stay in use after the containers that used it are gone. */
const RELEASED_WITHIN_SECONDS = 20;

/** Removes with `remove`, again while the engine says that it is still in use. Gone already is done. */
export async function removeWhenReleased(remove: () => Promise<unknown>, { signal }: CallContext): Promise<void> {
  let inUse: unknown;
  const done = await until(
    async () => {
      try {
        await unlessGone(remove());
        return true;
      } catch (error) {
        const status = refusal(error)?.statusCode;
        if (status !== 409 && status !== 403) throw error;
        inUse = error;
        return undefined;
      }
    },
    { seconds: RELEASED_WITHIN_SECONDS, signal },
  );
  if (!done) throw inUse;
}

/**
 * Creates with `create`. When the name is taken by what an interrupted run of the same resource left behind, removes that
 * first; anything else of that name is not ours to touch.
 */
export async function createOverLeftover<T>(
  create: () => Promise<T>,
  leftover: () => Promise<{ readonly owner: string | undefined; readonly remove: () => Promise<unknown> } | undefined>,
  { urn }: CallContext,
): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (refusal(error)?.statusCode !== 409) throw error;
    const left = await leftover();
    if (left?.owner !== urn) throw error;
    await unlessGone(left.remove());
    return await create();
  }
}

/** Official `labels` as the engine wants them, with the owner's mark. */
export function labelsOf(
  labels: readonly { readonly label: string; readonly value: string }[] | undefined,
  urn: string,
): Record<string, string> {
  return { ...Object.fromEntries((labels ?? []).map(({ label, value }) => [label, value])), [OWNER_LABEL]: urn };
}
