// What doctor concludes from what it finds.
import { expect, test } from "vitest";
import type { ToolStatus } from "../tools/toolchain";
import { diagnose, report } from "./doctor";

const mc: ToolStatus = { name: "mc", wanted: "1", version: "1", origin: "built", path: "/cache/mc" };
const go: ToolStatus = { name: "go", wanted: "2 or newer", origin: "missing", hint: "apt-get install golang-go" };

test("a missing tool makes the toolchain incomplete", () => {
  expect(diagnose([mc])).toEqual({ complete: true, tools: [mc], problems: [], notes: [] });
  expect(diagnose([mc, { ...mc, origin: "missing" }]).complete).toBe(false);
});

test("Go is missed only where something else is", () => {
  expect(diagnose([mc, go]).complete).toBe(true);
  expect(diagnose([{ ...mc, origin: "missing" }, go]).complete).toBe(false);
});

test("the table shows each tool, and below it what to do", () => {
  expect(report(diagnose([mc, go]))).toBe(
    [
      "tool  wanted      found  origin   path",
      "mc    1           1      built    /cache/mc",
      "go    2 or newer         missing",
      "",
      "go: apt-get install golang-go",
    ].join("\n"),
  );
});

test("what is in the way of the stack stands below the table", () => {
  const problem = { path: "memory", fact: "the stack needs 8 GiB, this machine has 2 GiB", hint: "lower the number" };
  const diagnosis = diagnose([mc], [problem]);
  expect(diagnosis.complete).toBe(false);
  expect(report(diagnosis).split("\n").slice(2)).toEqual([
    "",
    "memory: the stack needs 8 GiB, this machine has 2 GiB",
    "  hint: lower the number",
  ]);
});
