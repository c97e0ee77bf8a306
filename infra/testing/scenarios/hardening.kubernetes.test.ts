// What every pod is allowed, read off the running ones and asked of the kernel.
import type { V1Pod } from "@kubernetes/client-node";
import { beforeAll, describe, expect, test } from "vitest";
import { mebibytes } from "../../lib/units";
import { namespaceOf } from "../../platforms/kubernetes/address";
import { core, kubernetesRig, podsOf } from "../kubernetes-rig";
import { hardeningScenarios } from "./hardening";

const rig = kubernetesRig();
const namespace = namespaceOf(rig.environment);
// What reads its machine runs in a namespace of its own, with rights that ARCHITECTURE.md lists as exceptions.
const specs = rig.services.filter(({ hostReads }) => hostReads.length === 0).map((spec) => [spec.name, spec] as const);
/** Patroni keeps the cluster's records in the API server; nobody else asks it anything. */
const WITH_TOKEN = ["postgres"];

test("the namespace admits restricted pods alone", async () => {
  const { metadata } = await core.readNamespace({ name: namespace });
  expect(metadata?.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
});

describe.each(specs)("%s", (name, spec) => {
  let pods: readonly V1Pod[];
  beforeAll(async () => {
    pods = await podsOf(spec, namespace);
    expect(pods.length).toBeGreaterThan(0);
  });

  test("runs as a user of its own, with no privileges and none to gain", () => {
    for (const { spec: pod } of pods) {
      const { runAsUser = 0, ...context } = pod?.securityContext ?? {};
      expect(runAsUser).toBeGreaterThan(0);
      expect(context).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      expect([pod?.hostNetwork, pod?.hostPID, pod?.hostIPC]).toEqual([undefined, undefined, undefined]);
      expect(pod?.volumes?.filter(({ hostPath }) => hostPath !== undefined)).toEqual([]);
      for (const { securityContext } of [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])])
        expect(securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          readOnlyRootFilesystem: true,
        });
    }
  });

  test("has bounded memory and processors", () => {
    for (const { spec: pod } of pods) {
      const { limits = {} } = pod?.containers[0]?.resources ?? {};
      expect(limits.memory).toMatch(/^\d+(Mi|Gi)$/);
      const [, amount = "0", unit] = /^(\d+)(Mi|Gi)$/.exec(limits.memory ?? "") ?? [];
      expect(Number(amount) * (unit === "Gi" ? 1024 : 1)).toBe(mebibytes(spec.resources.memory));
      expect(limits.cpu).toBeDefined();
    }
  });

  test(`has ${WITH_TOKEN.includes(name) ? "the token of its account" : "no token of any account"}`, () => {
    for (const { spec: pod } of pods) {
      const tokens = pod?.volumes?.filter(({ projected }) =>
        projected?.sources?.some((each) => each.serviceAccountToken),
      );
      expect(tokens?.length).toBe(WITH_TOKEN.includes(name) ? 1 : 0);
    }
  });
});

hardeningScenarios(rig);
