// Pods go to the machines of their kind, where a stack says how those are marked.
import { expect, test } from "vitest";
import { stackContext } from "../../testing/stack-context";
import type { RenderContext } from "../platform";
import { kubernetes } from "./kubernetes";

const WORKLOADS = ["StatefulSet", "Deployment", "DaemonSet", "Job"];

function selectors(context: RenderContext): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    context.services.map((spec) => {
      const { objects } = kubernetes.render(spec, context);
      const workload = objects.find(({ manifest }) => WORKLOADS.includes(manifest.kind))?.manifest;
      const body = workload?.spec as { readonly template: { readonly spec: { readonly nodeSelector?: object } } };
      return [spec.name, body.template.spec.nodeSelector];
    }),
  );
}

test("each to its own kind, daemons to all, and everything anywhere where nothing is said", () => {
  const context = stackContext("prod", kubernetes);
  const { environment } = context;
  if (environment.kubernetes === undefined) throw new Error("prod has a cluster");
  expect(new Set(Object.values(selectors(context)))).toEqual(new Set([undefined]));
  const pools = { application: {}, database: { "example.org/pool": "database" }, storage: { disk: "bulk" } };
  const found = selectors({
    ...context,
    environment: { ...environment, kubernetes: { ...environment.kubernetes, pools } },
  });
  const database = { "example.org/pool": "database" };
  expect(found).toMatchObject({
    postgres: database,
    pgbouncer: database,
    "postgres-setup": database,
    minio: { disk: "bulk" },
  });
  expect([found.auth, found.collector, found.redis]).toEqual([undefined, undefined, undefined]);
});
