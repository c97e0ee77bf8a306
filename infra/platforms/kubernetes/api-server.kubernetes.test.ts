// A real API server takes every object of every stack, field by field, and warns of none.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiServer } from "../../testing/api-server";
import { STACKS_ON, stackContext } from "../../testing/stack-context";
import { type RenderContext, renderService } from "../platform";
import { clusterOf } from "./address";
import { dataField } from "./artefact";
import { ground } from "./ground";
import { kubernetes } from "./kubernetes";
import type { KubernetesObject, Manifest } from "./object";

const server = new ApiServer();

describe.each(STACKS_ON.kubernetes)("stack %s", (stack) => {
  const context = inNamespace(`check-${stack}-${randomBytes(3).toString("hex")}`, stackContext(stack, kubernetes));
  const base = ground(context).objects.map(complete);
  const namespaces = base.filter(({ kind }) => kind === "Namespace");
  const rest = base.filter(({ kind }) => kind !== "Namespace");

  // Made for real: what a namespace admits shows only in one that exists.
  beforeAll(async () => {
    for (const manifest of namespaces) expect(await server.apply(manifest, { keep: true })).toEqual([]);
  });
  afterAll(async () => {
    for (const manifest of namespaces) await server.remove(manifest);
  });

  test.each(rest.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    "the ground: %s",
    async (_, manifest) => {
      expect(await server.apply(manifest)).toEqual([]);
    },
  );

  test.each(context.services.map((spec) => [spec.name, spec] as const))("%s", async (_, spec) => {
    const { objects } = renderService(kubernetes, spec, context);
    expect(objects.length).toBeGreaterThan(2);
    for (const one of objects) expect([one.name, ...(await server.apply(complete(one)))]).toEqual([one.name]);
  });

  test("what is wrong is seen: a field that does not exist, and a pod that may do too much", async () => {
    const [first] = context.services.filter(({ shape }) => shape === "stateless");
    const { objects } = renderService(kubernetes, first as (typeof context.services)[number], context);
    const workload = objects.find(({ manifest }) => manifest.kind === "Deployment") as KubernetesObject;
    const spec = workload.manifest.spec as { readonly template: { readonly spec: Record<string, unknown> } };
    const misspelt = { ...workload.manifest, spec: { ...spec, replica: 2 } };
    const { securityContext: _, ...loose } = spec.template.spec;
    const unsafe = { ...workload.manifest, spec: { ...spec, template: { ...spec.template, spec: loose } } };
    expect((await server.apply(misspelt)).join()).toContain(".spec.replica");
    expect((await server.apply(unsafe)).join()).toContain("would violate PodSecurity");
  });
});

function inNamespace(namespace: string, context: RenderContext): RenderContext {
  const { environment } = context;
  return { ...context, environment: { ...environment, kubernetes: { ...clusterOf(environment), namespace } } };
}

/** The manifest with something in place of what comes from state. */
function complete({ manifest, data }: KubernetesObject): Manifest {
  if (Object.keys(data).length === 0) return manifest;
  const filled = Object.entries(data).map(([key, pieces]) => [
    key,
    pieces.map((piece) => (typeof piece === "string" ? piece : "from state")).join(""),
  ]);
  return { ...manifest, [dataField(manifest)]: Object.fromEntries(filled) };
}
