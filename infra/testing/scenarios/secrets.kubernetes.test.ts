// No secret of the stack stands anywhere on the cluster but in Secrets, and in the files that are delivered from them.
import { beforeAll, expect, test } from "vitest";
import { ctr } from "../../../tools/cluster/node-images";
import { Cluster } from "../../../tools/providers/kubernetes/cluster";
import { run } from "../../../tools/run";
import { secret, textParts } from "../../catalogue/spec";
import { namespaceOf } from "../../platforms/kubernetes/address";
import { access, core, kubernetesRig } from "../kubernetes-rig";
import { type Copy, deliveredAt } from "../rig";
import { leaks, type Needle } from "./needles";
import { expectClean, processArguments, stackNeedles } from "./stack-needles";

const rig = kubernetesRig();
const { stack } = rig.environment;
const namespace = namespaceOf(rig.environment);
let needles: readonly Needle[];

beforeAll(async () => {
  needles = await stackNeedles(stack);
}, 120_000);

test("the search finds a secret where one is", async () => {
  const [copy] = rig.copies("redis");
  const { stdout } = await (copy as Copy).exec(["cat", deliveredAt(rig, "redis", secret("redis"))]);
  expect(leaks(needles, "its own file", stdout)).toEqual(["redis: its own file"]);
});

test("not in any object but Secrets", async () => {
  const kinds = [
    ...["v1/pods", "v1/configmaps", "v1/services", "v1/endpoints", "v1/events", "v1/persistentvolumeclaims"],
    ...["apps/v1/statefulsets", "apps/v1/deployments", "apps/v1/replicasets", "apps/v1/controllerrevisions"],
    ...["batch/v1/jobs", "batch/v1/cronjobs", "networking.k8s.io/v1/networkpolicies"],
  ];
  const texts = await Promise.all(kinds.map(async (kind) => [kind, await listed(kind)] as const));
  expectClean(needles, Object.fromEntries(texts), "postgres");
});

test("not in any pod's log", async () => {
  const { items } = await core.listNamespacedPod({ namespace });
  const texts = await Promise.all(
    items.map(async ({ metadata }) => {
      const name = metadata?.name ?? "";
      return [name, (await core.readNamespacedPodLog({ name, namespace })) ?? ""] as const;
    }),
  );
  expectClean(needles, Object.fromEntries(texts), "leader");
});

test("not in what the node's runtime shows of containers, nor in arguments of processes", async () => {
  const ids = (await run(ctr("containers", "list", "-q"))).split("\n");
  const shown = await Promise.all(ids.map(async (id) => [id, await run(ctr("containers", "info", id))] as const));
  // The runtime is told the variables that come from a Secret, as any pod's; root on the machine could read them there.
  const variables = new Set(
    rig.services
      .flatMap(({ secretEnv }) => Object.values(secretEnv).flatMap(textParts))
      .flatMap((part) => (typeof part !== "string" && part.ref === "secret" ? [part.name as string] : [])),
  );
  const others = needles.filter(({ secret: name }) => !variables.has(name));
  expectClean(others, Object.fromEntries(shown), "patroni");
  expectClean(needles, { processes: processArguments() }, "patroni");
}, 120_000);

/** All objects of a kind in the stack's namespace, as the API server sends them. */
async function listed(kind: string): Promise<string> {
  const [version, plural] = [kind.slice(0, kind.lastIndexOf("/")), kind.slice(kind.lastIndexOf("/") + 1)];
  const root = version === "v1" ? "api/v1" : `apis/${version}`;
  const { body } = await new Cluster(access).request("GET", `/${root}/namespaces/${namespace}/${plural}`);
  return JSON.stringify(body);
}
