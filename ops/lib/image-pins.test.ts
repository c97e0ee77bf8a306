// Pins and what becomes of them: compared, renewed, dropped with the version they were for.
import { expect, test } from "vitest";
import { checkDigests, imageReference } from "../../infra/catalogue/images";
import { kubernetes } from "../../infra/platforms/kubernetes/kubernetes";
import { stackContext } from "../../infra/testing/stack-context";
import { comparePins, publishedReferences, unpinnedNote, withPins, withPushed } from "./image-pins";

const [A, B] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];
const [first = "", second = ""] = publishedReferences();

test("a pin is kept, has moved or is missing", () => {
  expect(comparePins({ [first]: A }, { [first]: A, [second]: B }).map(({ was }) => was)).toEqual(["pinned", "missing"]);
  expect(comparePins({ [first]: A }, { [first]: B })).toEqual([{ reference: first, digest: B, was: "moved" }]);
});

test("a new version's pin replaces the old one's; what was pushed stays", () => {
  const old = `${first.split(":")[0]}:0.0.1`;
  const pushed = "registry.example.org:5000/groundwork/etcd:0123";
  expect(withPins({ [old]: A, [pushed]: B }, { [first]: B })).toEqual({ [pushed]: B, [first]: B });
  expect(withPushed({ [first]: A, [pushed]: A }, "registry.example.org:5000/groundwork/etcd:4567", B)).toEqual({
    [first]: A,
    "registry.example.org:5000/groundwork/etcd:4567": B,
  });
});

test("a stack runs what is pinned, and says of what is not", () => {
  const context = stackContext("prod", kubernetes);
  expect(unpinnedNote(context)).toContain(`\n  ${first}\n`);
  const { environment } = context;
  const tag = "groundwork/etcd:0123";
  const tags = new Proxy({}, { get: () => tag }) as never;
  const digests = { [first]: A, "registry.example.org/groundwork/etcd:0123": B };
  expect(imageReference("grafana", environment, tags, digests)).toBe(`${first}@${A}`);
  expect(imageReference("etcd", environment, tags, digests)).toBe(`registry.example.org/groundwork/etcd:0123@${B}`);
  // What is built here has no registry that could move it.
  expect(imageReference("etcd", { images: "build", registry: undefined, ownImages: {} }, tags, { [tag]: A })).toBe(tag);
  const pinned = { ...context, image: () => `${first}@${A}` };
  expect(unpinnedNote(pinned)).toBe("");
});

test("where digests are required, every image without one is refused", () => {
  const image = (name: string) => (name === "grafana" ? `${first}@${A}` : name);
  const problems = (digests: "preferred" | "required", images: "registry" | "mixed") =>
    checkDigests(["grafana", "etcd", "kong", "etcd"], { images, digests }, image).map(({ path }) => path);
  expect(problems("preferred", "registry")).toEqual([]);
  expect(problems("required", "registry")).toEqual(["images/lock.json: etcd", "images/lock.json: kong"]);
  // What is built on this machine has no registry.
  expect(problems("required", "mixed")).toEqual(["images/lock.json: kong"]);
});
