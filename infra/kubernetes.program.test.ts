// The whole program for the stacks on Kubernetes, against the tests' engine: order, secrets, protection, what restarts pods.
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../tools/paths";
import { GIVEN_KEY, GIVEN_SECRETS, NAMESPACE, readStackFile } from "./environment";
import { CHECKSUM } from "./platforms/kubernetes/object";
import { type ProgramRun, type Registration, runProgram } from "./testing/engine";
import { answers } from "./testing/provider-answers";

const GIVEN = Object.fromEntries(Object.keys(GIVEN_SECRETS).map((name) => [name, `given-${name}`]));

function runStack(stack: string, changes: Readonly<Record<string, unknown>> = {}): Promise<ProgramRun> {
  const values = { ...readStackFile(ROOT, stack), [GIVEN_KEY]: GIVEN, ...changes };
  const config = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      `${NAMESPACE}${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return runProgram({ stack, config, secretConfig: [`${NAMESPACE}${GIVEN_KEY}`], outputs: answers });
}

const kindOf = ({ type }: Registration) => type.slice(type.lastIndexOf(":") + 1);
const isObject = ({ type }: Registration) => type.startsWith("kubernetes:");
const checksumOf = ({ inputs }: Registration) =>
  (inputs.spec as { template?: { metadata?: { annotations?: Record<string, string> } } } | undefined)?.template
    ?.metadata?.annotations?.[CHECKSUM];

describe.each(["staging", "prod"])("stack %s", (stack) => {
  let run: ProgramRun;
  const objects = (...kinds: readonly string[]) =>
    run.resources.filter((each) => isObject(each) && (kinds.length === 0 || kinds.includes(kindOf(each))));

  beforeAll(async () => {
    run = await runStack(stack);
  });

  test("runs without a word, and every object is made through the stack's own way to its cluster", () => {
    expect([run.code, run.messages]).toEqual([0, []]);
    const [provider, ...others] = run.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
    expect([provider?.inputs.context, others]).toEqual([stack, []]);
    expect(objects().length).toBeGreaterThan(100);
  });

  test("logical names start with their service, and no object is made twice", () => {
    const names = objects().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z-]+\/[a-z]+(\/[a-z-]+)*$/.test(name))).toEqual([]);
    const places = objects().map((each) => {
      const { namespace = "", name } = each.inputs.metadata as { namespace?: string; name: string };
      return `${kindOf(each)} ${namespace}/${name}`;
    });
    expect(new Set(places).size).toBe(places.length);
  });

  test("a secret is nowhere but in the data of a Secret, and all of that is secret", () => {
    for (const each of objects()) {
      const open = Object.entries(each.inputs).filter(([input]) => !each.secretInputs.includes(input));
      expect([each.name, JSON.stringify(open)]).not.toEqual([each.name, expect.stringMatching(/drawn-|given-/)]);
      expect([each.name, each.secretInputs]).toEqual([each.name, kindOf(each) === "Secret" ? ["stringData"] : []]);
    }
    expect(objects("Secret").length).toBeGreaterThan(5);
  });

  test("what keeps data, and the namespace around it, can neither be deleted nor replaced", () => {
    const kept = run.resources.filter(({ retainOnDelete }) => retainOnDelete);
    expect(kept.filter(({ protect }) => !protect)).toEqual([]);
    const expected = [...objects("StatefulSet").map(({ name }) => name), "ground/namespace/own"];
    expect(
      kept
        .map(({ name }) => name)
        .filter((name) => expected.includes(name))
        .sort(),
    ).toEqual(expected.sort());
  });

  test("pods are replaced when what they read has changed, and not otherwise", async () => {
    const sums = ({ resources }: ProgramRun) =>
      Object.fromEntries(resources.filter(isObject).map((each) => [each.name, checksumOf(each)]));
    const other = await runStack(stack, { domain: "elsewhere.example.org" });
    const [before, after] = [sums(run), sums(other)];
    const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
    expect(changed).toContain("traefik/deployment");
    expect(changed).not.toContain("redis/statefulset");
    expect(Object.values(before).filter(Boolean).length).toBeGreaterThan(8);
  });

  test("pods start after everything that describes them, and after the services before them", () => {
    const one = (name: string) => objects().find((each) => each.name === name);
    const waited = new Set(one("pgbouncer/deployment")?.dependencies);
    for (const name of ["ground/namespace/own", "pgbouncer/networkpolicy", "postgres/statefulset"])
      expect([name, waited.has(one(name)?.urn ?? "")]).toEqual([name, true]);
    expect(one("pgbouncer/networkpolicy")?.dependencies).not.toContain(one("postgres/statefulset")?.urn);
  });
});
