// The test cluster itself: what it promises to pods, and that the search for its leftovers finds them while they are there.
import { CoreV1Api, KubernetesObjectApi, VersionApi } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TOOLS } from "../pins";
import { run } from "../run";
import { apply, clusterAccess } from "./cluster";
import { leftovers } from "./leftovers";
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

test("a restricted pod gets a volume that its group may write, and resolves names", async () => {
  const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace } };
  await apply(access, {
    ...claim,
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
  });
  const script = `set -e; echo kept > /data/file; stat --format=%g /data; getent hosts kubernetes.default.svc.${NETWORK.domain}`;
  await apply(access, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "client", namespace },
    spec: {
      restartPolicy: "Never",
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 2000,
        fsGroup: 2000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "client",
          image: `docker.io/${IMAGES.base}`,
          imagePullPolicy: "Never",
          command: ["sh", "-c", script],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    },
  });
  const phase = await until("the pod's end", 60, async () => {
    const { status } = await core.readNamespacedPod({ name: "client", namespace });
    return ["Succeeded", "Failed"].includes(status?.phase ?? "") && status?.phase;
  });
  const log = await core.readNamespacedPodLog({ name: "client", namespace });
  expect([phase, log.trim().split(/\s+/)]).toEqual([
    "Succeeded",
    ["2000", NETWORK.api, `kubernetes.default.svc.${NETWORK.domain}`],
  ]);
});
