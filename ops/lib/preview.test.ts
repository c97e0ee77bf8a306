// What a preview tells: everything that would change, and no value.
import { expect, test } from "vitest";
import { describePreview, foldPreview, hasChanges } from "./preview";

const urn = (name: string) => `urn:pulumi:local::groundwork::a:b:C$docker:index/container:Container::${name}`;

test("names what would change by operation, type, name and property, without values", () => {
  const preview = foldPreview(
    "local",
    {
      steps: [
        { op: "same", urn: urn("etcd-0") },
        { op: "create", urn: urn("redis-0") },
        {
          op: "update",
          urn: urn("minio-0"),
          diffReasons: ["memory"],
          detailedDiff: { "envs[0]": { kind: "update" }, memory: {} },
        },
      ],
      changeSummary: { same: 1, create: 1, update: 1 },
    },
    [{ service: "auth", reason: "no package carries it" }],
  );
  const type = "docker:index/container:Container";
  expect(preview).toEqual({
    stack: "local",
    changes: { same: 1, create: 1, update: 1 },
    steps: [
      { op: "create", type, name: "redis-0", keys: [] },
      { op: "update", type, name: "minio-0", keys: ["envs[0]", "memory"] },
    ],
    omitted: [{ service: "auth", reason: "no package carries it" }],
  });
  expect(describePreview(preview)).toBe(
    `+  ${type} redis-0\n~  ${type} minio-0 (envs[0], memory)\n1 same, 1 create, 1 update\n\nstack local does without:\n  auth  no package carries it`,
  );
});

test("says so when nothing would change", () => {
  const preview = foldPreview("local", { steps: [{ op: "same", urn: urn("etcd-0") }], changeSummary: { same: 1 } }, []);
  expect([hasChanges(preview), describePreview(preview)]).toEqual([false, "nothing would change in stack local"]);
});
