// When a certificate begins, ends, and is due for renewal.
import { expect, test } from "vitest";
import { isDue, timestamp, validity } from "./validity";

test("a certificate starts at the second of its making", () => {
  const { notBefore, notAfter } = validity(new Date("2026-11-21T12:00:00.900Z"), 48);
  expect([notBefore, notAfter].map(timestamp)).toEqual(["2026-11-21T12:00:00Z", "2026-11-23T12:00:00Z"]);
});

test.each([
  ["2026-11-30T11:59:59Z", 0, false],
  ["2026-11-30T12:00:00Z", 0, true],
  ["2026-11-29T11:59:59Z", 24, false],
  ["2026-11-29T12:00:00Z", 24, true],
])("at %s, renewed %i h early: due is %s", (now, early, due) => {
  expect(isDue("2026-11-30T12:00:00Z", early, new Date(now))).toBe(due);
});
