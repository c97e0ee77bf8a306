// The verdict over several tiers: what counts as passed, failed and not run.
import { expect, test } from "vitest";
import { describeTier, exitCodeFor, tierResult, totals } from "./test-report";

const file = (status: string, ...states: readonly string[]) => ({
  name: "x.test.ts",
  status,
  assertionResults: states.map((each) => ({ status: each })),
});

test("counts tests, and a file that cannot be loaded as one failure", () => {
  const report = {
    testResults: [file("failed", "passed", "failed", "skipped"), file("failed"), file("passed", "passed")],
  };
  expect(tierResult("unit", report)).toEqual({ tier: "unit", passed: 2, failed: 2, skipped: 1 });
});

test("a tier that did not run is neither passed nor failed, and is not success", () => {
  const unit = { tier: "unit", passed: 3, failed: 0, skipped: 1 } as const;
  const docker = { tier: "docker", passed: 0, failed: 0, skipped: 0, notRun: "docker: no engine answers" } as const;
  const kubernetes = { tier: "kubernetes", passed: 0, failed: 0, skipped: 0, empty: true } as const;
  expect([unit, docker, kubernetes].map(describeTier)).toEqual([
    "unit:       3 passed, 0 failed, 1 skipped",
    "docker:     not run: docker: no engine answers",
    "kubernetes: no tests yet",
  ]);
  expect(totals([unit, docker, kubernetes])).toBe("3 passed, 0 failed, 1 skipped");
  expect([exitCodeFor([unit, kubernetes]), exitCodeFor([unit, docker])]).toEqual([0, 2]);
  expect(exitCodeFor([{ ...unit, failed: 1 }, docker])).toBe(1);
});
