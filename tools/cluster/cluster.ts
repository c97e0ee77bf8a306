// The test cluster: one real node with its control plane, made from programs built here. `up` waits until it works, `down`
// leaves nothing of it; either may follow a run of the other that was killed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AppsV1Api, CoreV1Api, type KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import type { ListrTask } from "listr2";
import { refuse } from "../../infra/lib/errors";
import { installPackages } from "../debian";
import { baseImageTask, dockerTask } from "../docker-engine";
import { locked } from "../lock";
import { CACHE } from "../paths";
import { run } from "../run";
import { CLUSTER_TOOLS, toolTasks } from "../toolchain";
import { clusterAccess } from "./access";
import { writeCertificates } from "./certificates";
import { writeConfiguration } from "./configuration";
import { apiServer, containerd, etcd, others, provisioner } from "./daemons";
import { controlGroups, hierarchies, leftovers, processes, removeControlGroup, removePlaces } from "./leftovers";
import { type Manifest, nameResolution, storage } from "./manifests";
import { buildClusterImages, ctr, loadImages } from "./node-images";
import { obstacles } from "./obstacles";
import { endSandbox, sandbox, startDaemon, startSandbox } from "./sandbox";
import { AGENT, CGROUP, HOME, IMAGES, KUBECONFIG, LOGS, NODE_NAME } from "./settings";
import { until } from "./until";

type Report = (line: string) => void;

/** Debian's packages, each with a file that it brings. */
const PACKAGES = {
  "etcd-server": "/usr/bin/etcd",
  containerd: "/usr/bin/containerd",
  runc: "/usr/sbin/runc",
  "containernetworking-plugins": "/usr/lib/cni/bridge",
  iptables: "/usr/sbin/iptables",
  conntrack: "/usr/sbin/conntrack",
} as const;

/** Settings of the kernel that kubelet changes for the whole machine; `down` restores them. */
const KERNEL = ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"];
const KERNEL_FILE = join(HOME, "kernel.json");

/** Every program of a cluster that is whole; the last one runs agent.ts. */
const PROGRAMS = [etcd, containerd, apiServer, ...Object.values(others), provisioner, [process.execPath]].map(
  ([program = ""]) => basename(program),
);

/** Whether the cluster is up: every program runs, its node is ready, and resolves names. */
export async function clusterIsUp(): Promise<boolean> {
  if (sandbox() === undefined || !existsSync(KUBECONFIG)) return false;
  const running = processes();
  return PROGRAMS.every((name) => running.includes(name)) && (await nodeIsReady().catch(() => false));
}

/** Everything from tools to a node that takes pods. A cluster that is up already stays as it is. */
export function clusterUpTasks(): ListrTask[] {
  return [
    { title: "machine", task: async () => refuse(await obstacles()) },
    { title: "tools", task: (_, task) => task.newListr(toolTasks([...CLUSTER_TOOLS]), { concurrent: true }) },
    step("packages", installMissing),
    dockerTask(),
    baseImageTask(),
    step("cluster", (report) => exclusively(report, () => start(report))),
  ];
}

/** Ends the cluster and removes what it left; nothing happens where there is none. */
export function clusterDownTask(): ListrTask {
  return step("cluster", (report) =>
    exclusively(report, async () => {
      await clear();
      refuse(
        (await leftovers()).map((left) => ({ path: "cluster", fact: `left behind: ${left}`, hint: "run it again" })),
      );
    }),
  );
}

function step(title: string, work: (report: Report) => Promise<unknown>): ListrTask {
  return {
    title,
    task: async (_, task) => {
      await work((line) => {
        task.output = line;
      });
    },
  };
}

function exclusively<T>(report: Report, work: () => Promise<T>): Promise<T> {
  return locked(join(CACHE, "cluster.lock"), work, { onWait: (pid) => report(`waiting for process ${pid}`) });
}

async function installMissing(report: Report): Promise<void> {
  const missing = Object.entries(PACKAGES).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
  if (missing.length > 0) await installPackages("cluster", missing, report, { start: false });
}

async function start(report: Report): Promise<void> {
  if (await clusterIsUp()) return;
  await clear();
  rmSync(LOGS, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  rememberKernel();
  report("certificates");
  await writeCertificates();
  writeConfiguration();
  for (const hierarchy of hierarchies()) mkdirSync(join(hierarchy, CGROUP), { recursive: true });
  report("namespaces");
  await startSandbox();
  startDaemon("etcd", etcd);
  startDaemon("kube-apiserver", apiServer);
  startDaemon("containerd", containerd);
  await Promise.all([startNode(report), startControlPlane(report)]);
  report("waiting for the node");
  await until("the node to be ready", 120, nodeIsReady, `its programs' logs are in ${LOGS}`);
}

/** The runtime with the images that pods cannot do without. */
async function startNode(report: Report): Promise<void> {
  await buildClusterImages(report);
  await until("containerd", 30, async () => (await run(ctr("version"))) !== "", `its log is in ${LOGS}`);
  await loadImages(Object.values(IMAGES));
}

async function startControlPlane(report: Report): Promise<void> {
  const access = clusterAccess();
  report("waiting for the API server");
  const hint = `its log is in ${LOGS}`;
  await until(
    "the API server",
    90,
    async () => (await access.makeApiClient(CoreV1Api).listNamespace()) !== undefined,
    hint,
  );
  for (const [name, argv] of Object.entries(others)) startDaemon(name, argv);
  // The account that pods run as is made by a controller, which has just been started.
  await until(
    "the first service account",
    60,
    async () => {
      await access.makeApiClient(CoreV1Api).readNamespacedServiceAccount({ name: "default", namespace: "default" });
      return true;
    },
    hint,
  );
  for (const manifest of [...storage, ...nameResolution]) await apply(access, manifest);
  startDaemon("local-path-provisioner", provisioner);
  startDaemon("agent", [process.execPath, AGENT, KUBECONFIG]);
}

/** Creates an object, or changes it to what `manifest` says. */
export async function apply(access: KubeConfig, manifest: Manifest): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(access);
  await api.patch(manifest, undefined, undefined, "groundwork-cluster", true, PatchStrategy.ServerSideApply);
}

async function nodeIsReady(): Promise<boolean> {
  const access = clusterAccess();
  const { status } = await access.makeApiClient(CoreV1Api).readNode({ name: NODE_NAME });
  const ready = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
  const apps = access.makeApiClient(AppsV1Api);
  const dns = await apps.readNamespacedDeployment({ name: "coredns", namespace: "kube-system" });
  return ready && (dns.status?.readyReplicas ?? 0) > 0;
}

/** Whatever there is of a cluster, whole or in part. */
async function clear(): Promise<void> {
  await endSandbox();
  for (const path of controlGroups())
    await until(`${path} to be empty`, 30, async () => {
      if (existsSync(path)) removeControlGroup(path);
      return true;
    });
  restoreKernel();
  rmSync(HOME, { recursive: true, force: true });
  removePlaces();
}

function rememberKernel(): void {
  const values = KERNEL.map((name) => [name, readFileSync(`/proc/sys/${name}`, "utf8").trim()]);
  writeFileSync(KERNEL_FILE, JSON.stringify(Object.fromEntries(values)));
}

function restoreKernel(): void {
  if (!existsSync(KERNEL_FILE)) return;
  const values = JSON.parse(readFileSync(KERNEL_FILE, "utf8")) as Record<string, string>;
  for (const [name, value] of Object.entries(values)) writeFileSync(`/proc/sys/${name}`, value);
}
