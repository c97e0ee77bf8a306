// The search for secrets finds them: a search that finds nothing proves nothing.
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { leaks, needlesOf, privateKeyNeedles } from "./needles";

const password = "Zr8uXq2LmT5vKc9wYh3nBd7s";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (type: "pkcs8" | "sec1") => privateKey.export({ type, format: "pem" }) as string;
const needles = [...needlesOf("password", password), ...privateKeyNeedles("key", pem("pkcs8"))];

test.each([
  ["as it is", `{"Env":["PASSWORD=${password}"]}`],
  ["in an Authorization header", `Basic ${Buffer.from(`patroni:${password}`).toString("base64")}`],
  ["in base64 at any offset", Buffer.from(`abcd${password}xyz`).toString("base64")],
])("a password %s is found", (_, text) => {
  expect(leaks(needles, "there", text)).toEqual(["password: there"]);
});

test.each([
  ["as PKCS #8", pem("pkcs8")],
  ["as SEC 1", pem("sec1")],
  ["inside JSON", JSON.stringify({ content: pem("pkcs8") })],
  ["inside JSON inside JSON", JSON.stringify(JSON.stringify({ content: pem("pkcs8") }))],
  ["indented", pem("pkcs8").replaceAll("\n", "\n    ")],
])("a private key %s is found", (_, text) => {
  expect(leaks(needles, "there", text)).toEqual(["key: there"]);
});

test("what holds neither is left alone, such as the public key", () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const text = `${other}${publicKey.export({ type: "spki", format: "pem" })}${Buffer.from("another").toString("base64")}`;
  expect(leaks(needles, "there", text)).toEqual([]);
});
