// A stack on a cluster over its life: what `up` made is left alone by the next one.
import { expect, test } from "vitest";
import { namespaceOf } from "../../platforms/kubernetes/address";
import { core, kubernetesRig } from "../kubernetes-rig";
import { groundwork, succeeded } from "./cli";

const rig = kubernetesRig();
const { stack } = rig.environment;

/** Every pod with what changes when it is replaced or restarted. */
async function lives(): Promise<readonly string[]> {
  const { items } = await core.listNamespacedPod({ namespace: namespaceOf(rig.environment) });
  return items
    .map(({ metadata, status }) => `${metadata?.name} ${metadata?.uid} ${status?.containerStatuses?.[0]?.restartCount}`)
    .sort();
}

test("a stack that is up is reported so, and is not changed by another `up`", async () => {
  await succeeded("status", "-s", stack);
  const before = await lives();
  const { changes } = JSON.parse(await succeeded("up", "-s", stack, "--json"));
  expect(Object.keys(changes)).toEqual(["same"]);
  expect(await lives()).toEqual(before);
}, 300_000);

test("it is previewed without changes", async () => {
  const { code, stdout } = await groundwork("preview", "-s", stack, "--expect-no-changes", "--json");
  expect([code, JSON.parse(stdout).steps]).toEqual([0, []]);
}, 300_000);
