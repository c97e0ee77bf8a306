// What a change of inputs means: nothing, an update in place, or a replacement.
import { expect, test } from "vitest";
import { difference } from "./difference";
import { UNKNOWN } from "./wire";

const rules = {
  defaults: { restart: "no" },
  updatable: ["memory", "restart"],
  recorded: ["wait"],
  unordered: ["envs", "labels", "adds"],
};

test.each([
  ["nothing", { image: "a" }, { image: "a" }],
  ["a default spelled out", { image: "a" }, { image: "a", restart: "no" }],
  ["the order of a set", { envs: ["A=1", "B=2"] }, { envs: ["B=2", "A=1"] }],
  ["the order of a set inside", { capabilities: { adds: ["X", "Y"] } }, { capabilities: { adds: ["Y", "X"] } }],
  ["the order of keys", { labels: [{ label: "a", value: "b" }] }, { labels: [{ value: "b", label: "a" }] }],
  ["the engine's bookkeeping", { __defaults: [] }, { __defaults: ["name"] }],
])("no change: %s", (_, olds, news) => {
  expect(difference(olds, news, rules)).toEqual([]);
});

test("an input that cannot change in place replaces", () => {
  expect(difference({ image: "a" }, { image: "b" }, rules)).toEqual([
    { path: "image", input: "image", kind: "update", replace: true },
  ]);
});

test("updatable and recorded inputs change in place", () => {
  expect(difference({ memory: 1 }, { memory: 2, wait: true, restart: "always" }, rules)).toEqual([
    { path: "restart", input: "restart", kind: "update", replace: false },
    { path: "memory", input: "memory", kind: "update", replace: false },
    { path: "wait", input: "wait", kind: "add", replace: false },
  ]);
});

test("taking a limit away replaces, going back to a default does not", () => {
  expect(difference({ memory: 1, restart: "always" }, {}, rules)).toEqual([
    { path: "restart", input: "restart", kind: "update", replace: false },
    { path: "memory", input: "memory", kind: "delete", replace: true },
  ]);
});

test("the path leads to the very value", () => {
  const olds = { uploads: [{ file: "/a", content: "x" }], options: { "com.example/mtu": "1500" } };
  const news = { uploads: [{ file: "/a", content: "y" }, { file: "/b" }], options: { "com.example/mtu": "9000" } };
  expect(difference(olds, news, rules).map(({ path, kind }) => [path, kind])).toEqual([
    ["uploads[0].content", "update"],
    ["uploads[1]", "add"],
    ['options["com.example/mtu"]', "update"],
  ]);
});

test("an unknown value counts as changed", () => {
  expect(difference({ image: "a" }, { image: UNKNOWN }, rules)).toHaveLength(1);
});
