// What is refused before any server is asked, where objects go, and which cluster a configuration means.
import { expect, test } from "vitest";
import { asSecret, UNKNOWN } from "../wire";
import { checkObject } from "./check";
import { warningTexts } from "./cluster";
import { clusterOf, configurationChanges, configurationFailures, configurationOf, kubeConfigOf } from "./configuration";
import { fieldManagerOf, identityOf, idOf, isAppliedBy, kindOfToken, type Live, placeOfId, titleOf } from "./identity";
import { secretNames } from "./secret-names";

const failures = (news: object) =>
  checkObject({ apiVersion: "v1", kind: "ConfigMap", ...news }, "default").failures.map(
    ({ property, reason }) => `${property}: ${reason}`,
  );

test("every problem of kind and name is told", () => {
  expect(failures({ kind: "", metadata: {} })).toEqual([
    "kind: is required",
    "metadata.name: is required by the offline provider: it makes no names up",
  ]);
  expect(failures({ metadata: { name: "Capital" } })).toEqual([
    "metadata.name: must be lowercase letters, digits, - and ., got Capital",
  ]);
  expect(failures({ metadata: { name: UNKNOWN } })).toEqual(["metadata.name: must be known before the run"]);
  expect(failures({ kind: "Role", metadata: { name: "system:Patroni" } })).toEqual([]);
});

test("a namespace is filled in, but not for what belongs to the whole cluster", () => {
  const place = (kind: string, metadata: object) =>
    checkObject({ apiVersion: "v1", kind, metadata }, "prod").inputs.metadata;
  expect(place("ConfigMap", { name: "a" })).toEqual({ name: "a", namespace: "prod" });
  expect(place("ConfigMap", { name: "a", namespace: "b" })).toEqual({ name: "a", namespace: "b" });
  for (const kind of ["Namespace", "ClusterRole", "StorageClass", "PriorityClass", "PersistentVolume"])
    expect(place(kind, { name: "a" })).toEqual({ name: "a" });
});

test("an object is known by token or inputs, and by its id", () => {
  expect(kindOfToken("kubernetes:core/v1:Secret")).toEqual({ apiVersion: "v1", kind: "Secret" });
  expect(kindOfToken("kubernetes:networking.k8s.io/v1:NetworkPolicy").apiVersion).toBe("networking.k8s.io/v1");
  const identity = identityOf("kubernetes:apps/v1:StatefulSet", { metadata: { name: "a", namespace: "n" } });
  expect([titleOf(identity), idOf(identity), idOf({ name: "a" })]).toEqual(["StatefulSet n/a", "n/a", "a"]);
  expect([placeOfId("n/a"), placeOfId("a")]).toEqual([{ namespace: "n", name: "a" }, { name: "a" }]);
});

test("a resource is known again by the fields it applied", () => {
  const manager = fieldManagerOf("urn:pulumi:a::b::kubernetes:core/v1:Secret::c");
  expect(manager).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
  const live = (operation: string) => ({ metadata: { managedFields: [{ manager, operation }] } }) as unknown as Live;
  expect([isAppliedBy(live("Apply"), manager), isAppliedBy(live("Update"), manager)]).toEqual([true, false]);
  expect(isAppliedBy(live("Apply"), fieldManagerOf("another"))).toBe(false);
});

const kubeconfig = (server: string) =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "x" } }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  });

test("another address is another cluster, unless an identifier says that it is the same", () => {
  const at = (server: string, rest: object = {}) => ({ kubeconfig: kubeconfig(server), ...rest });
  expect(configurationChanges(at("https://a"), at("https://a"))).toEqual({ changed: [], otherCluster: false });
  expect(configurationChanges(at("https://a"), at("https://b"))).toEqual({
    changed: ["kubeconfig"],
    otherCluster: true,
  });
  const same = { clusterIdentifier: "prod" };
  expect(configurationChanges(at("https://a", same), at("https://b", same)).otherCluster).toBe(false);
  expect(clusterOf({ kubeconfig: "/absent" })).toBeUndefined();
});

test("a context that is not there is named, with those that are", () => {
  const configuration = configurationOf({ kubeconfig: kubeconfig("https://a"), context: "two" });
  expect(() => kubeConfigOf(configuration)).toThrow("kubeconfig: has no context two; it has one");
});

test("what the provider cannot do is refused, not ignored", () => {
  expect(configurationFailures({ enableServerSideApply: "false", renderYamlToDirectory: "x", context: "one" })).toEqual(
    [
      { property: "enableServerSideApply", reason: "must be true for the offline provider, got false" },
      { property: "renderYamlToDirectory", reason: "is not supported by the offline provider" },
    ],
  );
});

test("warnings of the server are read from its header", () => {
  expect(warningTexts('299 - "would violate \\"restricted\\"", 299 - "old"')).toEqual([
    'would violate "restricted"',
    "old",
  ]);
});

test("a pod's secrets are found by variable, volume and source", () => {
  const spec = {
    volumes: [{ secret: { secretName: "a" } }, { projected: { sources: [{ secret: { name: "b" } }] } }],
    containers: [
      { env: [{ valueFrom: { secretKeyRef: { name: "c", key: "k" } } }], envFrom: [{ secretRef: { name: "d" } }] },
    ],
  };
  expect(secretNames(spec)).toEqual(["a", "b", "c", "d"]);
  expect(secretNames({ containers: [{ env: [{ value: asSecret("x") }] }] })).toEqual([]);
});
