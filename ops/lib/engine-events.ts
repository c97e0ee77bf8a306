// What a stream of engine events says: which resources were worked on, how it went, and why it failed.
import type { Problem } from "../../infra/lib/errors";
import type { EngineEvent } from "./pulumi";

/** What became of one resource. */
export interface ResourceProgress {
  readonly urn: string;
  readonly op: string;
  readonly type: string;
  readonly name: string;
  /** Logical name of the parent. */
  readonly parent: string;
  readonly state: "running" | "done" | "failed";
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly logical?: boolean;
  readonly old?: { readonly parent: string } | null;
  readonly new?: { readonly parent: string } | null;
}

/** The logical name at the end of a URN: `urn:pulumi:local::groundwork::a$b:T::postgres-0` → `postgres-0`. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The path of errors that concern no single resource. */
const GENERAL = "pulumi";

/** Collects one run's events. */
export class RunRecord {
  readonly resources = new Map<string, ResourceProgress>();
  readonly #errors: Problem[] = [];
  #changes: Readonly<Record<string, number>> = {};

  /** Takes in one event; returns the resource it speaks of, if any. */
  add(event: EngineEvent): ResourceProgress | undefined {
    const step = (key: string) => (event[key] as { metadata: StepMetadata } | undefined)?.metadata;
    this.#collect(event);
    return (
      this.#step(step("resourcePreEvent"), "running") ??
      this.#step(step("resOutputsEvent"), "done") ??
      this.#step(step("resOpFailedEvent"), "failed")
    );
  }

  /** Operations done, by kind; known once the run has ended. */
  get changes(): Readonly<Record<string, number>> {
    return this.#changes;
  }

  /** Why it failed, each reason once; what the engine says in general only where nothing particular is known. */
  get errors(): readonly Problem[] {
    const told = [...new Map(this.#errors.map((problem) => [`${problem.path}: ${problem.fact}`, problem])).values()];
    const particular = told.filter(({ path }) => path !== GENERAL);
    return particular.length > 0 ? particular : told;
  }

  #step(metadata: StepMetadata | undefined, state: ResourceProgress["state"]): ResourceProgress | undefined {
    if (metadata === undefined) return undefined;
    const { urn, op, type } = metadata;
    const parent = nameOf(metadata.new?.parent ?? metadata.old?.parent ?? "");
    const progress = { urn, op, type, name: nameOf(urn), parent, state };
    this.resources.set(urn, progress);
    return progress;
  }

  #collect(event: EngineEvent): void {
    const diagnostic = event.diagnosticEvent as { severity: string; message: string; urn?: string } | undefined;
    const summary = event.summaryEvent as { resourceChanges?: Record<string, number> } | undefined;
    const error = event.errorEvent as { error: string } | undefined;
    if (diagnostic?.severity === "error") this.#errors.push(problemOf(diagnostic.urn, diagnostic.message));
    if (error !== undefined) this.#errors.push(problemOf(undefined, error.error));
    if (summary?.resourceChanges !== undefined) this.#changes = summary.resourceChanges;
  }
}

/** The program's own `InvalidInput` arrives with its text intact; colour marks and stack frames go. */
function problemOf(urn: string | undefined, message: string): Problem {
  const lines = message
    .replace(/<\{%[^%]*%\}>/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  const stack = urn === undefined || urn === "" || urn.includes("::pulumi:pulumi:Stack::");
  return { path: stack ? GENERAL : nameOf(urn), fact: lines.join("\n").trim() };
}
