// Public keys in OpenSSH's form.
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { opensshKey } from "./openssh";

test("the public key holds its type and its point", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = opensshKey(privateKey);
  const [type, blob = ""] = key.publicKeyOpenssh.trim().split(" ");
  expect(type).toBe("ssh-ed25519");
  const point = Buffer.from(blob, "base64").subarray(4 + 11 + 4);
  expect(point.toString("base64url")).toBe(privateKey.export({ format: "jwk" }).x);
  expect(key.publicKeyFingerprintMd5).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  expect(key.publicKeyFingerprintSha256).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});

test("a curve that OpenSSH does not know gives nothing", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp224r1" });
  expect(opensshKey(privateKey)).toEqual({
    privateKeyOpenssh: "",
    publicKeyOpenssh: "",
    publicKeyFingerprintMd5: "",
    publicKeyFingerprintSha256: "",
  });
});
