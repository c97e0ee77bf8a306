// The whole program against the tests' engine: what it registers, in which tree, what is secret, what is protected.
import { beforeAll, expect, test } from "vitest";
import { ROOT } from "../tools/paths";
import { DERIVED_SECRETS } from "./catalogue/secrets";
import { NAMESPACE, readStackFile } from "./environment";
import { type ProgramRun, type Registration, runProgram } from "./testing/engine";
import { answers } from "./testing/provider-answers";

const PLATFORM = "groundwork:infra:PlatformStack";
const CONTAINER = "docker:index/container:Container";
const VOLUME = "docker:index/volume:Volume";

/** The values of the local stack with `changes`, as the engine passes them. */
function config(changes: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const values = { ...readStackFile(ROOT, "local"), ...changes };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      `${NAMESPACE}${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

let run: ProgramRun;
const all = (type: string) => run.resources.filter((resource) => resource.type === type);

beforeAll(async () => {
  run = await runProgram({ stack: "local", config: config(), outputs: answers });
});

test("it runs without a word, and puts every resource below one component", () => {
  expect([run.code, run.messages]).toEqual([0, []]);
  const parents = new Map(run.resources.map(({ urn, parent }) => [urn, parent]));
  const top = run.resources.find(({ type }) => type === PLATFORM)?.urn;
  for (const { urn, type } of run.resources.filter(({ type }) => type !== PLATFORM && type !== "pulumi:pulumi:Stack")) {
    let above = urn;
    while (above !== top && parents.get(above)) above = parents.get(above) as string;
    expect([type, above]).toEqual([type, top]);
  }
});

test("a secret is nowhere but in secret inputs, and files that hold one are secret", () => {
  for (const { name, inputs, secretInputs } of all(CONTAINER)) {
    const open = Object.entries(inputs).filter(([input]) => !secretInputs.includes(input));
    expect([name, JSON.stringify(open)]).not.toEqual([name, expect.stringContaining("drawn-")]);
    if (JSON.stringify(inputs).includes("drawn-")) expect([name, secretInputs]).toEqual([name, ["uploads"]]);
  }
  expect(all(CONTAINER).filter(({ secretInputs }) => secretInputs.length > 0).length).toBeGreaterThan(5);
});

test("derived secrets are there, secret, and the same at the next run", async () => {
  const secrets = run.outputs.secrets as Record<string, string>;
  expect(DERIVED_SECRETS.filter((name) => !secrets[name])).toEqual([]);
  const again = await runProgram({ stack: "local", config: config(), outputs: answers });
  expect(again.outputs).toEqual(run.outputs);
});

test("a service waits for those that it names", () => {
  const dependencies = new Set(all(CONTAINER).find(({ name }) => name === "pgbouncer-0")?.dependencies);
  for (const { urn } of all(CONTAINER).filter(({ name }) => /^postgres-\d$/.test(name)))
    expect(dependencies).toContain(urn);
});

test("a local stack can be deleted whole", () => {
  expect(all(VOLUME).length).toBeGreaterThan(5);
  expect(run.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual([]);
});

test("elsewhere data, secrets and the CA cannot be deleted, and data outlives its stack", async () => {
  const { resources } = await runProgram({ stack: "local", config: config({ protect: true }), outputs: answers });
  const names = (chosen: readonly Registration[]) => chosen.map(({ name }) => name).sort();
  const kept = (type: string) => resources.filter((resource) => resource.type === type);
  expect(kept(VOLUME).length).toBeGreaterThan(5);
  expect(names(resources.filter(({ retainOnDelete }) => retainOnDelete))).toEqual(names(kept(VOLUME)));
  expect(names(resources.filter(({ protect }) => protect))).toEqual(
    names([
      ...kept(VOLUME),
      ...resources.filter(({ type }) => type.startsWith("random:")),
      ...resources.filter(({ name }) => ["authority", "authority-key", "token-key", "saml-key"].includes(name)),
    ]),
  );
});

test("wrong values register nothing and are reported together", async () => {
  const wrong = await runProgram({
    stack: "local",
    config: config({ domain: "not a domain", postgres: { members: 0 }, colour: "red" }),
  });
  expect(wrong.code).not.toBe(0);
  expect(wrong.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).toEqual([]);
  for (const path of ["domain", "postgres/members", "colour"]) expect(wrong.messages.join("\n")).toContain(path);
});
