// Every secret of a running stack, and the search for them in texts.
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { pulumi } from "../../../ops/lib/pulumi";
import { SECRETS } from "../../catalogue/secrets";
import { stackOutputs } from "../outputs";
import { leaks, type Needle, needlesOf, privateKeyNeedles } from "./needles";

/** What must be found nowhere: generated secrets and private keys, in each form that they could stand in. */
export async function stackNeedles(stack: string): Promise<readonly Needle[]> {
  const { secrets } = await stackOutputs(stack);
  const state: unknown = JSON.parse(await pulumi(stack, ["stack", "export", "--show-secrets"]));
  const keys = strings(state).filter((text) => /^-----BEGIN (EC )?PRIVATE KEY-----/.test(text));
  const generated = Object.entries(SECRETS).flatMap(([name, { form }]) => (form === "given" ? [] : [name]));
  expect(Object.keys(secrets)).toEqual(expect.arrayContaining(generated));
  expect(keys.length).toBeGreaterThan(5);
  return [
    ...Object.entries(secrets).flatMap(([name, value]) => needlesOf(name, value)),
    ...keys.flatMap((pem, i) => privateKeyNeedles(`private key ${i}`, pem)),
  ];
}

/** Searches texts by the name of their place; each must hold `control`, so that a search of nothing fails. */
export function expectClean(
  needles: readonly Needle[],
  texts: Readonly<Record<string, string>>,
  control: string,
): void {
  expect(Object.values(texts).some((text) => text.includes(control))).toBe(true);
  expect(Object.entries(texts).flatMap(([place, text]) => leaks(needles, place, text))).toEqual([]);
}

/** The arguments of every process of this machine; those of containers and pods are among them. */
export function processArguments(): string {
  const all = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid));
  return all.map((pid) => argumentsOf(pid).replaceAll("\0", " ")).join("\n");
}

/** Every string in a JSON document; the plaintext of a secret is JSON inside a string. */
function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  const { plaintext } = value as { plaintext?: unknown };
  return typeof plaintext === "string" ? strings(JSON.parse(plaintext)) : Object.values(value).flatMap(strings);
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
