// Physical names, which end up as host names and must neither collide nor grow too long.
import { expect, test } from "vitest";
import { copyName, physicalName } from "./naming";

test("a physical name carries project, stack and name", () => {
  expect(physicalName("local", copyName("postgres", 0))).toBe("groundwork-local-postgres-0");
});

test("a name too long for a host name is shortened and stays different from its neighbours", () => {
  const [a, b] = [physicalName("local", `${"x".repeat(80)}a`), physicalName("local", `${"x".repeat(80)}b`)];
  expect([a.length, b.length, a === b]).toEqual([63, 63, false]);
});
