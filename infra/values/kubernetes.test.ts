// What a stack may say of a cluster, and on which platform.
import { expect, test } from "vitest";
import { refusal } from "../testing/refusal";

const valid = { platform: "docker", domain: "example.org" };
const cluster = { platform: "kubernetes", kubernetes: { context: "test", apiServer: { ranges: ["192.0.2.1/32"] } } };

test("copies follow the load on clusters alone", () => {
  expect(refusal({ ...valid, ...cluster, scaling: { most: 4 } })).toBe("accepted");
  expect(refusal({ ...valid, scaling: { most: 4 } })).toBe(
    `stacks/Pulumi.test.yaml: scaling: is not used where platform is docker
  hint: remove it: one host has no room to grow into`,
  );
});

test("a cluster is stated where the platform is one, and nowhere else", () => {
  expect(refusal({ ...valid, ...cluster })).toBe("accepted");
  expect(refusal({ ...valid, platform: "kubernetes" })).toBe(
    `stacks/Pulumi.test.yaml: kubernetes: is needed where platform is kubernetes
  hint: state at least its context and where its API server is`,
  );
  expect(refusal({ ...valid, kubernetes: cluster.kubernetes })).toBe(
    `stacks/Pulumi.test.yaml: kubernetes: is not used where platform is docker
  hint: remove it, or set platform to kubernetes`,
  );
});
