// What changed between two sets of inputs, and whether the resource must be replaced for it. Pure.
import { isDeepStrictEqual } from "node:util";
import type { Properties } from "./wire";

/** How a resource type takes changes. */
export interface ChangeRules {
  /** Values of inputs that are not given; giving the same value is no change. */
  readonly defaults?: Properties;
  /** Inputs whose change the running thing takes on. Taking one away replaces, unless it has a default. */
  readonly updatable?: readonly string[];
  /** Inputs that only steer the provider; their change is noted and touches nothing. */
  readonly recorded?: readonly string[];
  /** Lists whose order means nothing, by the name that holds them at any depth. */
  readonly unordered?: readonly string[];
}

/** One changed value. */
export interface Change {
  /** Where, as the engine writes it: `uploads[0].content`, `labels["com.example"]`. */
  readonly path: string;
  /** The input that holds it. */
  readonly input: string;
  readonly kind: "add" | "delete" | "update";
  readonly replace: boolean;
}

/** Every change from `olds` to `news`, deepest paths first found; none when they mean the same. Unknown values differ. */
export function difference(olds: Properties, news: Properties, rules: ChangeRules): Change[] {
  const before = { ...rules.defaults, ...olds };
  const after = { ...rules.defaults, ...news };
  const inputs = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !name.startsWith("__"));
  return inputs.flatMap((input) => {
    const [left, right] = [before[input], after[input]].map((value) => canonical(value, input, rules.unordered ?? []));
    if (isDeepStrictEqual(left, right)) return [];
    return changedPaths(input, before[input], after[input]).map(({ path, kind }) => {
      const inPlace = rules.updatable?.includes(input) && !(kind === "delete" && path === input);
      return { path, input, kind, replace: !inPlace && !rules.recorded?.includes(input) };
    });
  });
}

/** The same value with every list that is really a set in one fixed order. */
function canonical(value: unknown, name: string, unordered: readonly string[]): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item, name, unordered));
    return unordered.includes(name) ? items.sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b))) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner, key, unordered)]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function changedPaths(path: string, left: unknown, right: unknown): Pick<Change, "path" | "kind">[] {
  if (left === undefined) return [{ path, kind: "add" }];
  if (right === undefined) return [{ path, kind: "delete" }];
  if (!isTree(left) || !isTree(right) || Array.isArray(left) !== Array.isArray(right))
    return isDeepStrictEqual(left, right) ? [] : [{ path, kind: "update" }];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => changedPaths(step(path, key, Array.isArray(left)), left[key], right[key]));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function step(path: string, key: string, list: boolean): string {
  if (list) return `${path}[${key}]`;
  return /^\w+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
