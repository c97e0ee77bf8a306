// From inputs to the object that is applied, and from the live object to outputs and drift. Secrets stay marked. Pure.
import { isDeepStrictEqual } from "node:util";
import { asSecret, hasSecret, hasUnknown, type Properties, reveal, UNKNOWN } from "../wire";
import type { Live } from "./identity";

/** Properties of a Secret that are secret whatever the program says. */
const SECRET_DATA = ["data", "stringData"];

/** What the API server changes by itself, and what belongs to its own bookkeeping: never recorded. */
const UNRECORDED = ["managedFields", "resourceVersion", "generation"];

/** The object to apply: inputs without bookkeeping, and of a Secret one form of its data, so that keys can be taken away. */
export function manifest(inputs: Properties): Properties {
  const plain = Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith("__")));
  const { status: _, stringData, ...rest } = plain;
  if (rest.kind !== "Secret" || stringData === undefined)
    return stringData === undefined ? rest : { ...rest, stringData };
  const encoded = Object.entries(stringData as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  return { ...rest, data: { ...(rest.data as object | undefined), ...Object.fromEntries(encoded) } };
}

/** Inputs with everything marked that must be secret. */
export function withSecretData(inputs: Properties): Properties {
  const { kind } = reveal({ kind: inputs.kind });
  if (kind !== "Secret") return inputs;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, SECRET_DATA.includes(name) ? asSecret(value) : value]),
  );
}

/** The outputs to record for `live`: secret wherever the inputs are, and what a Secret holds. */
export function outputsOf(live: Live, inputs: Properties, bookkeeping: Properties): Properties {
  const { metadata, status, ...rest } = live;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([name]) => !UNRECORDED.includes(name)));
  // A status tells of one moment and would differ in every refresh; a load balancer's address is what programs ask for.
  const balancer = (status as { loadBalancer?: unknown } | undefined)?.loadBalancer;
  const recorded = {
    ...rest,
    metadata: kept,
    ...(live.kind === "Service" && { status: { loadBalancer: balancer ?? {} } }),
  };
  return { ...withSecretData(markedAlike(recorded, inputs) as Properties), ...bookkeeping };
}

/** `value`, secret wherever `like` is; lists as a whole, since the server may order them anew. */
export function markedAlike(value: unknown, like: unknown): unknown {
  if (!hasSecret(like)) return value;
  if (!isTree(value) || !isTree(like) || Array.isArray(value) || isMarked(like)) return asSecret(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, markedAlike(inner, like[key])]));
}

/** Whether the whole of a value is marked, not only a part of it. */
function isMarked(value: Record<string, unknown>): boolean {
  return hasSecret(value) && !Object.values(value).some(hasSecret);
}

/**
 * Inputs as they really are: `applied` is what the server would have if the recorded inputs were applied again. Where the
 * live object differs from it, the live value stands; where nothing differs, the inputs stay as they were written.
 */
export function driftedInputs(inputs: Properties, live: Live, applied: Live): Properties {
  const drifted = overlay(inputs, live, applied) as Properties;
  const { stringData } = reveal(inputs);
  if (stringData === undefined || isDeepStrictEqual(live.data, applied.data)) return drifted;
  // What was given as text is compared as what the server makes of it.
  const decoded = Object.entries((live.data ?? {}) as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value, "base64").toString(),
  ]);
  return { ...drifted, stringData: asSecret(Object.fromEntries(decoded)) };
}

function overlay(input: unknown, live: unknown, applied: unknown): unknown {
  if (isDeepStrictEqual(live, applied)) return input;
  if (live === undefined) return undefined;
  if (!isTree(input) || !isTree(live) || !isTree(applied) || isMarked(input))
    return hasSecret(input) ? asSecret(live) : live;
  if (Array.isArray(input) || Array.isArray(live) || Array.isArray(applied)) {
    const lists = [input, live, applied];
    if (!lists.every((list) => Array.isArray(list) && list.length === (input as unknown as unknown[]).length))
      return live;
    return (input as unknown as unknown[]).map((item, i) => overlay(item, live[i], applied[i]));
  }
  return Object.fromEntries(
    Object.entries(input).flatMap(([key, inner]) => {
      const value = overlay(inner, live[key], applied[key]);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Where any text will do for a dry run: what is only known after the run stands in for itself. */
const FREE_TEXT = /^(stringData\.|data\.|metadata\.(annotations|labels)\.|spec\.template\.metadata\.annotations\.)/;

/**
 * The manifest for a dry run while some values are not known yet, or `undefined` where an unknown value could decide
 * whether the server accepts it.
 */
export function dryRunnable(inputs: Properties): Properties | undefined {
  if (!hasUnknown(inputs)) return manifest(inputs);
  const filled = fill(inputs, "") as Properties;
  return hasUnknown(filled) ? undefined : manifest(filled);
}

function fill(value: unknown, path: string): unknown {
  if (value === UNKNOWN) return FREE_TEXT.test(path) ? (path.startsWith("data.") ? "dW5rbm93bg==" : "unknown") : value;
  if (Array.isArray(value)) return value.map((item, i) => fill(item, `${path}.${i}`));
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, fill(inner, path === "" ? key : `${path}.${key}`)]),
  );
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
