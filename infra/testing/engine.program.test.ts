// The engine for program tests, tried on a program of three resources.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../tools/paths";
import { UNKNOWN } from "../../tools/providers/wire";
import { type ProgramRun, runProgram } from "./engine";

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { RandomPassword } = require("@pulumi/random");
const group = new pulumi.ComponentResource("groundwork:test:Group", "group");
const first = new RandomPassword("first", { length: new pulumi.Config().requireNumber("length") }, { parent: group, protect: true });
new RandomPassword("second", { length: 8, keepers: { first: first.result } },
  { parent: group, retainOnDelete: true, aliases: [{ name: "old" }], ignoreChanges: ["length"] });
exports.first = first.result;
`;

let folder: string;
let program: string;

beforeAll(() => {
  // Below the project, so that the program finds its packages.
  folder = mkdtempSync(join(ROOT, "node_modules", ".program-test-"));
  program = join(folder, "index.js");
  writeFileSync(program, PROGRAM);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const named = ({ resources }: ProgramRun, name: string) => resources.find((resource) => resource.name === name);

test("a preview keeps what the program says of each resource", async () => {
  const run = await runProgram({ program, stack: "test", config: { "groundwork:length": "12" } });

  expect(run.messages).toEqual([]);
  expect(run.code).toBe(0);
  expect(run.outputs).toEqual({ first: UNKNOWN });
  expect(named(run, "group")).toMatchObject({ type: "groundwork:test:Group", custom: false });
  expect(named(run, "first")).toMatchObject({
    urn: "urn:pulumi:test::groundwork::groundwork:test:Group$random:index/randomPassword:RandomPassword::first",
    inputs: { length: 12 },
    protect: true,
    retainOnDelete: false,
    additionalSecretOutputs: ["bcryptHash", "result"],
    version: "4.21.2",
  });
  expect(named(run, "second")).toMatchObject({
    inputs: { length: 8, keepers: { first: UNKNOWN } },
    dependencies: [named(run, "first")?.urn],
    retainOnDelete: true,
    protect: false,
    aliases: ["old"],
    ignoreChanges: ["length"],
  });
});

test("given outputs reach what depends on them, still secret", async () => {
  const run = await runProgram({
    program,
    stack: "test",
    config: { "groundwork:length": "12" },
    outputs: ({ type }) => (type.includes("RandomPassword") ? { result: "drawn" } : {}),
  });

  expect(run.outputs).toEqual({ first: "drawn" });
  expect(named(run, "second")?.inputs).toEqual({ length: 8, keepers: { first: "drawn" } });
  expect(named(run, "second")?.secretInputs).toEqual(["keepers"]);
});

test("a program's failure is told", async () => {
  const run = await runProgram({ program, stack: "test" });

  expect(run.code).not.toBe(0);
  expect(run.messages.join("\n")).toContain("Missing required configuration variable 'groundwork:length'");
});
