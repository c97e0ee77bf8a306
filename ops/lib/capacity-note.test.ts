// The words about capacity, of a stack on one host and one on a cluster.
import { expect, test } from "vitest";
import { docker } from "../../infra/platforms/docker/docker";
import { kubernetes } from "../../infra/platforms/kubernetes/kubernetes";
import { stackContext } from "../../infra/testing/stack-context";
import { capacityNote } from "./capacity-note";

test("one host, or machines of three kinds", () => {
  expect(capacityNote(stackContext("local", docker))).toMatch(
    /^stack local reserves \S+ cores, \S+ GiB of memory, \S+ GiB of disk; a machine of 4 cores, 8 GiB of memory, 100 GiB of disk holds it$/,
  );
  const [first, ...pools] = capacityNote(stackContext("prod", kubernetes)).split("\n");
  expect(first).toMatch(/^stack prod reserves .*; on machines of three kinds:$/);
  expect(pools.map((line) => line.trim().split(" ")[0])).toEqual(["application", "database", "storage"]);
  expect(pools[1]).toContain(": 3 of 2 cores, 4 GiB of memory, 200 GiB of disk");
});

test("what no recommended machine holds is said", () => {
  const context = stackContext("local", docker);
  const services = [1, 2, 3].flatMap(() => context.services);
  expect(capacityNote({ ...context, services })).toContain(
    "more than the largest recommended machine, 8 cores, 16 GiB",
  );
});
