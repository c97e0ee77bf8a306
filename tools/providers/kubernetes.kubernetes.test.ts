// kubernetes under the real engine, on a real API server: objects made, changed, waited for, replaced, nothing left behind.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Cluster } from "./kubernetes/cluster";
import { configurationOf, kubeConfigOf } from "./kubernetes/configuration";
import type { Live } from "./kubernetes/identity";
import { ScratchProject } from "./scratch-project";

const project = new ScratchProject();
const namespace = project.prefix;

/** The image that every node has, since every pod's sandbox runs it. It waits for a signal and does nothing. */
const IMAGE = "docker.io/groundwork/pause:1";

const cluster = new Cluster(kubeConfigOf(configurationOf({})));

interface Settings {
  readonly word: string;
  readonly image: string;
  readonly size: string;
  readonly seconds: number;
  readonly more: string;
}

const program = ({ word = "one", image = IMAGE, size = "1Mi", seconds = 60, more = "" }: Partial<Settings> = {}) => `
const password = new random.RandomPassword("password", { length: 40, special: false });
const provider = new kubernetes.Provider("cluster", { enableServerSideApply: true });
const opts = { provider };
const namespace = new kubernetes.core.v1.Namespace("namespace", { metadata: { name: prefix } }, opts);
const inside = { ...opts, dependsOn: [namespace], customTimeouts: { create: "${seconds}s", update: "${seconds}s" } };
const metadata = (name, rest) => ({ namespace: prefix, name, ...rest });
const secret = new kubernetes.core.v1.Secret("secret", { metadata: metadata("secret"), stringData: { password: password.result } }, inside);
const config = new kubernetes.core.v1.ConfigMap("config", { metadata: metadata("config"), data: { word: "${word}" } }, inside);
const labels = { app: "server" };
const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true, runAsUser: 65534,
  seccompProfile: { type: "RuntimeDefault" } };
const template = { metadata: { labels, annotations: { word: "${word}" } }, spec: { terminationGracePeriodSeconds: 1,
  containers: [{ name: "server", image: "${image}", imagePullPolicy: "Never", securityContext: hardened,
    env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "secret", key: "password" } } }],
    volumeMounts: [{ name: "data", mountPath: "/data" }] }] } };
const members = new kubernetes.core.v1.Service("members", { metadata: metadata("members"),
  spec: { clusterIP: "None", selector: labels, ports: [{ name: "http", port: 80 }] } }, inside);
const server = new kubernetes.apps.v1.StatefulSet("server", { metadata: metadata("server"), spec: {
  serviceName: "members", replicas: 1, selector: { matchLabels: labels }, template,
  persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
  volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "${size}" } } } }],
} }, inside);
const service = new kubernetes.core.v1.Service("service", { metadata: metadata("service"),
  spec: { selector: labels, ports: [{ name: "http", port: 80 }] } }, { ...inside, dependsOn: [server] });
${more}
module.exports = { password: password.result, replicas: server.spec.replicas, address: service.spec.clusterIP };
`;

/** A rollout that needs nothing but a pod. */
const deployment = (image: string, command = "") => `
new kubernetes.apps.v1.Deployment("proxy", { metadata: metadata("proxy"), spec: {
  replicas: 1, selector: { matchLabels: { app: "proxy" } },
  template: { metadata: { labels: { app: "proxy" } }, spec: { terminationGracePeriodSeconds: 1,
    containers: [{ name: "proxy", image: "${image}", imagePullPolicy: "Never", ${command} securityContext: hardened }] } } } }, inside);
`;

const get = (kind: string, name: string, apiVersion = "v1") =>
  cluster
    .pathOf({ apiVersion, kind, namespace, name })
    .then((path) => cluster.get<Live & { readonly spec: Record<string, unknown>; readonly data?: unknown }>(path));

beforeAll(async () => {
  project.program(program());
  await project.init();
});

afterAll(() => project.remove());

test("what the server refuses of objects in a namespace that is there shows in the preview", async () => {
  project.program(`
const metadata = { name: prefix, namespace: "default" };
new kubernetes.core.v1.Service("port", { metadata, spec: { ports: [{ port: 70000 }] } });
new kubernetes.networking.v1.NetworkPolicy("field", { metadata, spec: { podSelector: {}, policyTypes: ["Ingress"], colour: "red" } });
`);
  const { code, output } = await project.pulumi("preview");
  expect(code).not.toBe(0);
  expect(output).toContain("spec.ports[0].port: Invalid value: 70000");
  expect(output).toMatch(/NetworkPolicy default\/.*\.spec\.colour: field not declared in schema/);
});

test("a preview without the namespace says that the server has not judged", async () => {
  project.program(program());
  const output = await project.must("preview");
  expect(output).toContain(`not verified by the API server: namespace ${namespace} does not exist yet`);
});

test("everything comes up, ready", async () => {
  await project.up();
  const server = await get("StatefulSet", "server", "apps/v1");
  expect(server?.status).toMatchObject({ readyReplicas: 1 });
  const { replicas, address } = await project.outputs();
  expect(replicas).toBe(1);
  expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
});

test("a second run and a refresh change nothing", async () => {
  await project.must("preview", "--expect-no-changes");
  await project.must("refresh", "--yes", "--expect-no-changes");
  await project.must("preview", "--expect-no-changes");
});

test("a secret is in the cluster, and open nowhere else", async () => {
  const { password } = await project.outputs();
  const encoded = Buffer.from(String(password)).toString("base64");
  expect((await get("Secret", "secret"))?.data).toEqual({ password: encoded });
  const preview = await project.must("preview", "--diff", "--show-sames");
  for (const place of [project.state(), preview]) {
    expect(place).not.toContain(password);
    expect(place).not.toContain(encoded);
  }
});

test("a change is shown by its path, and rolls out", async () => {
  const before = await get("StatefulSet", "server", "apps/v1");
  project.program(program({ word: "two" }));
  expect(await project.must("preview", "--diff")).toMatch(/word *: "one" => "two"/);
  await project.up();
  const after = await get("StatefulSet", "server", "apps/v1");
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(after?.status).toMatchObject({ readyReplicas: 1, updatedReplicas: 1 });
  expect((await get("ConfigMap", "config"))?.data).toEqual({ word: "two" });
});

test("a fixed field replaces, the old object first", async () => {
  const before = await get("StatefulSet", "server", "apps/v1");
  project.program(program({ word: "two", size: "2Mi" }));
  expect(await project.must("preview", "--diff")).toMatch(/\+-kubernetes:apps\/v1:StatefulSet: \(replace\)/);
  await project.up();
  const after = await get("StatefulSet", "server", "apps/v1");
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
});

test("what somebody changed by hand shows in a refresh, and is put back", async () => {
  const path = `/api/v1/namespaces/${namespace}/configmaps/config`;
  await cluster.request("PATCH", path, {
    body: { data: { word: "by hand" } },
    contentType: "application/merge-patch+json",
  });
  const refreshed = await project.must("refresh", "--yes", "--diff");
  expect(refreshed).toContain("by hand");
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain("pulumi.com/patchForce");
  await cluster.request("PATCH", path, {
    body: { data: { word: "two" } },
    contentType: "application/merge-patch+json",
  });
  await project.up("--refresh");
  await project.must("preview", "--expect-no-changes");
});

test("a rollout that fails says why, is recorded, and goes on when it is mended", async () => {
  const broken = (image: string) => program({ word: "two", size: "2Mi", seconds: 8, more: deployment(image) });
  project.program(broken("groundwork/absent:1"));
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain(`Deployment ${namespace}/proxy: is not ready after 8 s`);
  expect(output).toMatch(/container proxy cannot get its image groundwork\/absent:1 \(ErrImageNeverPull\)/);

  project.program(broken(IMAGE));
  await project.up();
  expect((await get("Deployment", "proxy", "apps/v1"))?.status).toMatchObject({ availableReplicas: 1 });
});

test("a job that fails says so, and what it printed stays without secrets", async () => {
  project.program(
    program({
      word: "two",
      size: "2Mi",
      seconds: 20,
      more: `
new kubernetes.batch.v1.Job("job", { metadata: metadata("job"), spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never",
  containers: [{ name: "job", image: "${IMAGE}", imagePullPolicy: "Never", command: ["/absent"], securityContext: hardened }] } } } }, inside);`,
    }),
  );
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain(`Job ${namespace}/job: failed: BackoffLimitExceeded`);
  expect(output).toMatch(/pod job-\w+: container job ended, last exit code/);
  expect(output).not.toContain((await project.outputs()).password);

  const failed = await get("Job", "job", "batch/v1");
  const again = await project.pulumi("up", "--yes", "--skip-preview");
  expect(again.output).toContain(`Job ${namespace}/job: failed: BackoffLimitExceeded`);
  expect((await get("Job", "job", "batch/v1"))?.metadata.uid).not.toBe(failed?.metadata.uid);
});

test("an object that somebody else made is refused in the preview, and in the run", async () => {
  await cluster.request("POST", `/api/v1/namespaces/${namespace}/configmaps`, {
    body: { metadata: { name: "foreign" } },
  });
  const more = `new kubernetes.core.v1.ConfigMap("foreign", { metadata: metadata("foreign") }, inside);`;
  project.program(program({ word: "two", size: "2Mi", more }));
  for (const verb of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const { code, output } = await project.pulumi(...verb);
    expect(code).not.toBe(0);
    expect(output).toContain(`ConfigMap ${namespace}/foreign: already exists`);
  }
});

test("a run that was killed can be run again", async () => {
  const absent = program({ word: "two", size: "2Mi", seconds: 100, more: deployment("groundwork/absent:2") });
  project.program(absent);
  const engine = project.start("up", "--yes", "--skip-preview");
  await vi.waitFor(async () => expect(await get("Deployment", "proxy", "apps/v1")).toBeDefined(), { timeout: 60_000 });
  const ended = new Promise((resolve) => engine.once("exit", resolve));
  engine.kill("SIGKILL");
  await ended;
  await project.pulumi("cancel", "--yes");

  project.program(program({ word: "two", size: "2Mi", more: deployment(IMAGE) }));
  await project.up();
  expect((await get("Deployment", "proxy", "apps/v1"))?.status).toMatchObject({ availableReplicas: 1 });
});

test("destroy leaves nothing", async () => {
  await project.must("destroy", "--yes", "--skip-preview");
  expect(await cluster.get(`/api/v1/namespaces/${namespace}`)).toBeUndefined();
});
