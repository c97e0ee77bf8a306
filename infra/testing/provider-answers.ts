// What providers would answer the whole program, for tests that run it against the tests' engine.
import { generateKeyPairSync } from "node:crypto";
import type { Registration } from "./engine";

const PEM = { format: "pem", type: "pkcs8" } as const;

const KEYS: Readonly<Record<string, string>> = {
  "token-key": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(PEM).toString(),
  "saml-key": generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(PEM).toString(),
};

/** What providers would answer: recognisable secrets, names that other resources need, keys where something is signed. */
export function answers({ name, type, inputs }: Registration): Record<string, string> {
  if (type === "random:index/randomPassword:RandomPassword") return { result: `drawn-${name}` };
  if (type === "random:index/randomBytes:RandomBytes") return { base64: `drawn-${name}`, hex: `drawn-${name}` };
  const key = KEYS[name];
  if (type === "tls:index/privateKey:PrivateKey" && key) return { privateKeyPem: key };
  if (type === "tls:index/privateKey:PrivateKey")
    return { privateKeyPem: `drawn-${name}`, privateKeyPemPkcs8: `drawn-${name}` };
  if (name === "token-lifetime")
    return { validityStartTime: "2026-11-21T12:00:00Z", validityEndTime: "2031-11-20T12:00:00Z" };
  if (type.startsWith("tls:")) return { certPem: `certificate-${name}`, certRequestPem: `request-${name}` };
  return typeof inputs.name === "string" ? { name: inputs.name } : {};
}
