// What a run of the engine did, folded from the engine's own events.
import { expect, test } from "vitest";
import { RunRecord } from "./engine-events";

const URN = "urn:pulumi:local::groundwork::groundwork:infra:Service$docker:index/container:Container::redis-0";
const PARENT = "urn:pulumi:local::groundwork::groundwork:infra:PlatformStack$groundwork:infra:Service::redis";
const metadata = {
  op: "create",
  urn: URN,
  type: "docker:index/container:Container",
  old: null,
  new: { parent: PARENT },
};

test("follows a resource from its start to its end", () => {
  const record = new RunRecord();
  const redis = { urn: URN, op: "create", type: metadata.type, name: "redis-0", parent: "redis" };
  expect(record.add({ sequence: 1, resourcePreEvent: { metadata } })).toEqual({ ...redis, state: "running" });
  expect(record.add({ sequence: 2, resOutputsEvent: { metadata } })).toEqual({ ...redis, state: "done" });
  expect([...record.resources.values()]).toEqual([{ ...redis, state: "done" }]);
});

test("knows what was done once the run has ended", () => {
  const record = new RunRecord();
  expect(record.changes).toEqual({});
  record.add({ sequence: 1, summaryEvent: { resourceChanges: { same: 6, create: 1 } } });
  expect(record.changes).toEqual({ same: 6, create: 1 });
});

const STACK = "urn:pulumi:local::groundwork::pulumi:pulumi:Stack::groundwork-local";
const failed = { severity: "error", urn: STACK, message: "update failed\n" };

test("gives each reason once, without marks and frames, and nothing general beside it", () => {
  const record = new RunRecord();
  const message = "<{%reset%}>port is in use\n    at f (x.js:1:2)\n<{%reset%}>";
  record.add({ sequence: 1, diagnosticEvent: failed });
  record.add({ sequence: 2, diagnosticEvent: { severity: "warning", urn: URN, message: "slow" } });
  for (const sequence of [3, 4]) record.add({ sequence, diagnosticEvent: { severity: "error", urn: URN, message } });
  expect(record.errors).toEqual([{ path: "redis-0", fact: "port is in use" }]);
});

test("gives the general reason where there is no other", () => {
  const record = new RunRecord();
  record.add({ sequence: 1, diagnosticEvent: failed });
  expect(record.errors).toEqual([{ path: "pulumi", fact: "update failed" }]);
});
