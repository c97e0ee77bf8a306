// A preview in few words: what would change, and which properties, but never a value. Pure.
import type { Omitted } from "../../infra/catalogue/catalogue";
import { omittedNote, paragraphs } from "./omitted";

/** One change to one resource. */
export interface PreviewStep {
  readonly op: string;
  readonly type: string;
  readonly name: string;
  /** Paths of the properties that differ; empty for what appears or disappears as a whole. */
  readonly keys: readonly string[];
}

/** The whole document of `preview --json`. */
export interface Preview {
  readonly stack: string;
  /** Number of resources by operation. */
  readonly changes: Readonly<Record<string, number>>;
  readonly steps: readonly PreviewStep[];
  /** What the stack does without, by name and reason. */
  readonly omitted: readonly Omitted[];
}

/** The parts of `pulumi preview --json` that are read. */
export interface PreviewDigest {
  readonly steps?: readonly {
    readonly op: string;
    readonly urn: string;
    readonly diffReasons?: readonly string[] | null;
    readonly replaceReasons?: readonly string[] | null;
    readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
  }[];
  readonly changeSummary?: Readonly<Record<string, number>>;
}

/** Folds the engine's digest; resources that stay as they are count, but are not listed. */
export function foldPreview(
  stack: string,
  { steps = [], changeSummary = {} }: PreviewDigest,
  omitted: readonly Omitted[],
): Preview {
  return {
    stack,
    changes: changeSummary,
    steps: steps
      .filter(({ op }) => op !== "same")
      .map(({ op, urn, detailedDiff, diffReasons, replaceReasons }) => {
        const [type = "", name = ""] = urn.split("::").slice(2);
        const keys = [...Object.keys(detailedDiff ?? {}), ...(diffReasons ?? []), ...(replaceReasons ?? [])];
        return { op, type: type.slice(type.lastIndexOf("$") + 1), name, keys: [...new Set(keys)].sort() };
      }),
    omitted,
  };
}

/** Whether an `up` would change anything. */
export function hasChanges({ steps }: Preview): boolean {
  return steps.some(({ op }) => op !== "read" && op !== "refresh");
}

const MARKS: Readonly<Record<string, string>> = {
  create: "+",
  update: "~",
  delete: "-",
  replace: "±",
  "create-replacement": "+±",
  "delete-replaced": "-±",
};

/** One line per step, `~ docker:index/container:Container redis-0 (envs, memory)`, the totals, and what the stack does without. */
export function describePreview(preview: Preview): string {
  const lines = preview.steps.map(({ op, type, name, keys }) => {
    const mark = (MARKS[op] ?? op).padEnd(2);
    return `${mark} ${type} ${name}${keys.length > 0 ? ` (${keys.join(", ")})` : ""}`;
  });
  const totals = Object.entries(preview.changes).map(([op, count]) => `${count} ${op}`);
  const changes = hasChanges(preview) ? totals.join(", ") : `nothing would change in stack ${preview.stack}`;
  return paragraphs([...lines, changes].join("\n"), omittedNote(preview.stack, preview.omitted));
}
