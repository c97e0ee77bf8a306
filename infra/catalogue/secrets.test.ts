// Generated secrets: too long to be guessed, each for one purpose, and never in a stack's file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../tools/paths";
import { STACKS } from "../testing/stack-context";
import { SECRETS } from "./secrets";

const secrets = Object.entries(SECRETS);
const drawn = secrets.filter(([, { form }]) => form !== "derived" && form !== "given");

test.each(drawn)("%s holds as many bits as its reader allows", (name, { form, length = 0 }) => {
  const bitsEach = form === "password" ? Math.log2(62) : 8;
  // Realtime takes a key of exactly 16 characters.
  expect(length * bitsEach).toBeGreaterThanOrEqual(name === "realtime-db-enc-key" ? 64 : 128);
});

test("every secret has a purpose of its own", () => {
  const purposes = secrets.map(([, { purpose }]) => purpose);
  expect(purposes).toEqual([...new Set(purposes)]);
});

test.each(STACKS)("stack %s brings no password of its own, nor a placeholder for one", (stack) => {
  const file = readFileSync(join(ROOT, "stacks", `Pulumi.${stack}.yaml`), "utf8");
  // Encrypted values are no secrets, and their names say what they are.
  const clear = file.replaceAll(/^ {4}[a-z-]+:\n {6}secure: v1:\S+$/gm, "");
  expect(clear).not.toMatch(/password|secret:|admin\b(?!:)|changeme|your-|example-key/i);
});
