// Counts of a test run, folded from what the tools report. Pure.
import type { Tier } from "./tiers";

/** What became of one tier. */
export interface TierResult {
  readonly tier: Tier;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why it did not run; such a tier is neither passed nor failed. */
  readonly notRun?: string;
  /** There is no test in it yet. */
  readonly empty?: true;
}

/** The parts of Vitest's JSON report that are read. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Counts of one tier's files. A file that cannot even be loaded counts as one failure. */
export function tierResult(tier: Tier, { testResults }: VitestReport): TierResult {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (...states: readonly string[]) => tests.filter(({ status }) => states.includes(status)).length;
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((assertion) => assertion.status === "failed"),
  );
  return {
    tier,
    passed: count("passed"),
    failed: count("failed") + unloaded.length,
    skipped: count("skipped", "pending", "todo", "disabled"),
  };
}

/** The last line of a run. */
export function totals(results: readonly TierResult[]): string {
  const sum = (key: "passed" | "failed" | "skipped") => results.reduce((total, result) => total + result[key], 0);
  return `${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`;
}

/** 1 when a test failed, 2 when a tier could not run, else 0. */
export function exitCodeFor(results: readonly TierResult[]): 0 | 1 | 2 {
  if (results.some(({ failed }) => failed > 0)) return 1;
  return results.some(({ notRun }) => notRun !== undefined) ? 2 : 0;
}

/** One line per tier. */
export function describeTier({ tier, passed, failed, skipped, notRun, empty }: TierResult): string {
  const name = `${tier}:`.padEnd(12);
  if (notRun !== undefined) return `${name}not run: ${notRun}`;
  if (empty) return `${name}no tests yet`;
  return `${name}${passed} passed, ${failed} failed, ${skipped} skipped`;
}
