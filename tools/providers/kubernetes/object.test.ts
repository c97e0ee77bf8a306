// From inputs to what is applied and back: nothing secret comes out open, and drift is told from defaults.
import { expect, test } from "vitest";
import { asSecret, hasSecret, UNKNOWN } from "../wire";
import type { Live } from "./identity";
import { driftedInputs, dryRunnable, manifest, markedAlike, outputsOf, withSecretData } from "./object";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const live = (rest: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, ...rest }) as Live;

test("a Secret's text is applied as data, so that a key can be taken away again", () => {
  const secret = { kind: "Secret", stringData: { a: "x" }, data: { b: base64("y") } };
  expect(manifest(secret)).toEqual({ kind: "Secret", data: { a: base64("x"), b: base64("y") } });
});

test("status and bookkeeping are not applied", () => {
  expect(manifest({ kind: "ConfigMap", status: {}, __x: 1, data: {} })).toEqual({ kind: "ConfigMap", data: {} });
});

test("what a Secret holds is secret, whatever the program says", () => {
  const marked = withSecretData({ kind: "Secret", stringData: { a: "x" }, type: "Opaque" });
  expect(marked).toEqual({ kind: "Secret", stringData: asSecret({ a: "x" }), type: "Opaque" });
});

test("outputs are secret where inputs are, lists as a whole", () => {
  const inputs = { spec: { env: [{ name: "A", value: asSecret("x") }], replicas: 1 } };
  expect(markedAlike({ spec: { env: [{ name: "A", value: "x" }], replicas: 1, added: true } }, inputs)).toEqual({
    spec: { env: asSecret([{ name: "A", value: "x" }]), replicas: 1, added: true },
  });
  expect(markedAlike({ a: { b: 1 } }, { a: asSecret({ b: 1 }) })).toEqual({ a: asSecret({ b: 1 }) });
});

test("outputs leave out what changes by itself", () => {
  const metadata = { name: "a", uid: "1", resourceVersion: "5", generation: 2, managedFields: [] };
  const status = { conditions: [], loadBalancer: { ingress: [] } };
  expect(outputsOf(live({ metadata, status }), {}, { __x: 1 })).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", uid: "1" },
    __x: 1,
  });
  expect(outputsOf(live({ kind: "Service", status }), {}, {}).status).toEqual({ loadBalancer: { ingress: [] } });
});

test("what the server defaults or writes differently is no drift", () => {
  const inputs = { spec: { cpu: "1000m", ports: [{ port: 80 }] } };
  const there = live({ spec: { cpu: "1", ports: [{ port: 80, protocol: "TCP" }], policy: "default" } });
  expect(driftedInputs(inputs, there, structuredClone(there))).toEqual(inputs);
});

test("drift is the live value, in the words of the inputs, and stays secret", () => {
  const inputs = { data: { word: "one", other: asSecret("x"), gone: "y" } };
  const applied = live({ data: { word: "one", other: "x", gone: "y" } });
  const drifted = driftedInputs(inputs, live({ data: { word: "two", other: "z" } }), applied);
  expect(drifted).toEqual({ data: { word: "two", other: asSecret("z") } });
});

test("a Secret changed by hand shows in the text that was given for it", () => {
  const inputs = { kind: "Secret", stringData: asSecret({ a: "x" }) };
  const secret = (text: string) => live({ kind: "Secret", data: { a: base64(text) } });
  expect(driftedInputs(inputs, secret("x"), secret("x"))).toEqual(inputs);
  expect(driftedInputs(inputs, secret("z"), secret("x"))).toEqual({ ...inputs, stringData: asSecret({ a: "z" }) });
});

test("a dry run can do without values that are free text, and not without others", () => {
  expect(dryRunnable({ kind: "Secret", stringData: { a: UNKNOWN } })).toEqual({
    kind: "Secret",
    data: { a: base64("unknown") },
  });
  const annotated = { spec: { template: { metadata: { annotations: { sum: UNKNOWN } } } } };
  expect(dryRunnable(annotated)).toEqual({ spec: { template: { metadata: { annotations: { sum: "unknown" } } } } });
  expect(dryRunnable({ spec: { replicas: UNKNOWN } })).toBeUndefined();
  expect(hasSecret(dryRunnable({ kind: "Secret", data: { a: UNKNOWN } }))).toBe(false);
});
