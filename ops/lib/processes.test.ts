// Whether a process that left a lock behind is still the same process.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { ranSince } from "./processes";

test("knows a running process from one that ended, and from a younger one with its id", () => {
  const ended = spawnSync("true").pid;
  expect([ranSince(process.pid, Date.now()), ranSince(ended, Date.now()), ranSince(process.pid, 0)]).toEqual([
    true,
    false,
    false,
  ]);
});
