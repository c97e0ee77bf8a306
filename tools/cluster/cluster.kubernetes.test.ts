// The test cluster itself: what it promises to pods, and that the search for its leftovers finds them while they are there.
import { CoreV1Api, KubernetesObjectApi, VersionApi } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TOOLS } from "../pins";
import { run } from "../run";
import { clusterAccess } from "./access";
import { apply } from "./cluster";
import { leftovers } from "./leftovers";
import type { Manifest } from "./manifests";
import { inside } from "./sandbox";
import { IMAGES, NETWORK } from "./settings";
import { until } from "./until";

const access = clusterAccess();
const core = access.makeApiClient(CoreV1Api);
const namespace = "cluster-test";

beforeAll(() =>
  apply(access, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: restricted } }),
);
afterAll(() =>
  KubernetesObjectApi.makeApiClient(access).delete({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  }),
);

const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };

test("is of the pinned version", async () => {
  const { gitVersion } = await access.makeApiClient(VersionApi).getCode();
  expect(gitVersion).toBe(`v${TOOLS.kubelet.version}`);
});

test("what `down` must remove is found while it is there", async () => {
  const kinds = (await leftovers()).map((line) => line.split(":")[0]);
  expect([...new Set(kinds)].sort()).toEqual(["control group", "folder", "link", "namespaces", "process", "route"]);
});

test("the host's own rules and mounts are not touched", async () => {
  const rule = `-d ${NETWORK.api}/32`;
  expect((await run(["iptables-save"])).includes(rule)).toBe(false);
  expect((await run(inside(["iptables-save"]))).includes(rule)).toBe(true);
  expect((await leftovers()).filter((line) => line.startsWith("mount"))).toEqual([]);
});

/** A pod of the base image that the namespace admits. */
function pod(name: string, command: readonly string[], spec: Readonly<Record<string, unknown>> = {}): Manifest {
  const { volumeMounts = [], ...rest } = spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 2000,
        fsGroup: 2000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name,
          image: `docker.io/${IMAGES.base}`,
          imagePullPolicy: "Never",
          command,
          volumeMounts,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
      ...rest,
    },
  };
}

/** How a pod ended, and what it said. */
async function outcome(name: string): Promise<readonly [phase: string | undefined, words: readonly string[]]> {
  const phase = await until(`the end of ${name}`, 60, async () => {
    const { status } = await core.readNamespacedPod({ name, namespace });
    return ["Succeeded", "Failed"].includes(status?.phase ?? "") && status?.phase;
  });
  return [phase, (await core.readNamespacedPodLog({ name, namespace })).trim().split(/\s+/)];
}

test("a restricted pod gets a volume that its group may write, and resolves names", async () => {
  await apply(access, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
  });
  const name = `kubernetes.default.svc.${NETWORK.domain}`;
  const script = `set -e; echo kept > /data/file; stat --format=%g /data; getent hosts ${name}`;
  await apply(
    access,
    pod("keeper", ["sh", "-c", script], {
      volumeMounts: [{ name: "data", mountPath: "/data" }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    }),
  );
  expect(await outcome("keeper")).toEqual(["Succeeded", ["2000", NETWORK.api, name]]);
});

test("a network policy holds: who is not allowed is refused", async () => {
  const selected = (app: string) => ({ podSelector: { matchLabels: { app } } });
  await apply(access, {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "server", namespace },
    spec: {
      ...selected("server"),
      policyTypes: ["Ingress"],
      // The library's word for `from`; it would drop that one unsaid.
      ingress: [{ _from: [selected("friend")], ports: [{ protocol: "TCP", port: 8080 }] }],
    },
  });
  const listen = "use IO::Socket; $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5); $s->accept while 1";
  await apply(access, pod("server", ["perl", "-e", listen]));
  const address = await until("the server", 60, async () => {
    const { status } = await core.readNamespacedPod({ name: "server", namespace });
    return status?.phase === "Running" && status.podIP;
  });
  const refusal = `-d ${address}/32 -j REJECT`;
  await until("the node to know the server", 30, async () => (await run(inside(["iptables-save"]))).includes(refusal));
  // A new pod is let through once the node has seen it; the stranger never is, however often it tries.
  const connect = `timeout 15 bash -c 'until (: < /dev/tcp/${address}/8080); do sleep 0.2; done' 2> /dev/null && echo through`;
  await Promise.all(["friend", "stranger"].map((name) => apply(access, pod(name, ["bash", "-c", connect]))));
  expect(await outcome("friend")).toEqual(["Succeeded", ["through"]]);
  expect(await outcome("stranger")).toEqual(["Failed", [""]]);
});

test("a load balancer gets an address", async () => {
  await apply(access, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "public", namespace },
    spec: { type: "LoadBalancer", selector: { app: "server" }, ports: [{ port: 8080 }] },
  });
  const ingress = await until("an address", 30, async () => {
    const { status } = await core.readNamespacedService({ name: "public", namespace });
    return status?.loadBalancer?.ingress;
  });
  expect(ingress.map(({ ip }) => ip)).toEqual([NETWORK.balancer]);
});
