// Every service that a stack does without is named, with its reason, for people and for programs.
import { expect, test } from "vitest";
import { omittedNote, paragraphs } from "./omitted";
import { loadStack } from "./stack";

const MISSING = [
  { service: "auth", reason: "no package carries it" },
  { service: "storage", reason: "too large" },
] as const;

test("each has a line with its reason", () => {
  expect(omittedNote("local", MISSING)).toBe(
    "stack local does without:\n  auth     no package carries it\n  storage  too large",
  );
});

test("a stack that has everything says nothing", () => {
  expect(paragraphs("table", omittedNote("dev", []))).toBe("table");
});

test("the local stack, which pulls nothing, names every service whose image others publish", () => {
  const { omitted, services } = loadStack("local");
  expect(omitted.map(({ service }) => service)).toEqual(
    expect.arrayContaining(["auth", "rest", "realtime", "storage", "imgproxy", "functions", "studio"]),
  );
  for (const { reason } of omitted) expect(reason).toMatch(/, and this stack pulls no images$/);
  expect(services.map(({ name }) => name)).not.toContain("auth");
});
