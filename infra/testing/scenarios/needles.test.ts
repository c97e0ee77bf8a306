// The search for secrets finds them: a search that finds nothing proves nothing.
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { leaks, needlesOf } from "./needles";

const password = "Zr8uXq2LmT5vKc9wYh3nBd7s";
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const needles = [...needlesOf("password", password), ...needlesOf("key", pem)];

test.each([
  ["as it is", `{"Env":["PASSWORD=${password}"]}`],
  ["in an Authorization header", `Basic ${Buffer.from(`patroni:${password}`).toString("base64")}`],
  ["in base64 at any offset", Buffer.from(`abcd${password}xyz`).toString("base64")],
])("a password %s is found", (_, text) => {
  expect(leaks(needles, "there", text)).toEqual(["password: there"]);
});

test.each([
  ["as it is", pem],
  ["inside JSON", JSON.stringify({ content: pem })],
  ["indented", pem.replaceAll("\n", "\n    ")],
])("a private key %s is found", (_, text) => {
  expect(leaks(needles, "there", text)).toEqual(["key: there"]);
});

test("what holds neither is left alone", () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  expect(leaks(needles, "there", `${other}${Buffer.from("another password").toString("base64")}`)).toEqual([]);
});
