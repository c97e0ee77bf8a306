// Derived secrets have the shapes that services read, verify against the published keys, and are the same every time.
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from "jose";
import { beforeAll, expect, test } from "vitest";
import { deriveSecrets, type KeyMaterial } from "./keys";
import { DERIVED_SECRETS, type DerivedSecretName } from "./secrets";

const counting = Array.from({ length: 32 }, (_, i) => i);
const pem = { format: "pem", type: "sec1" } as const;
const material: KeyMaterial = {
  sources: {
    "jwt-secret": "a secret of jwt-secret",
    "metrics-jwt-secret": "a secret of metrics-jwt-secret",
    "publishable-key-random": Buffer.from(counting).toString("hex"),
    "secret-key-random": Buffer.from(counting.toReversed()).toString("hex"),
    "dashboard-password": "0123456789abcdef",
  },
  signingKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(pem).toString(),
  samlKey: generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ format: "pem", type: "pkcs1" })
    .toString(),
  issuedAt: "2026-11-21T12:00:00Z",
  expiresAt: "2031-11-20T12:00:00Z",
};

const HS256_HEADER = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
const duringItsLife = { currentDate: new Date("2029-01-01T00:00:00Z"), issuer: "supabase" };
let derived: Readonly<Record<DerivedSecretName, string>>;

beforeAll(async () => {
  derived = await deriveSecrets(material);
});

/** The key of the published set for an algorithm; by itself, since jose takes no symmetric key from a set. */
function published(alg: string): JWK {
  const { keys }: { keys: JWK[] } = JSON.parse(derived["jwt-jwks"]);
  return keys.find((key) => key.alg === alg) as JWK;
}

test("every derived secret has a value", () => {
  expect(Object.keys(derived).sort()).toEqual([...DERIVED_SECRETS].sort());
  expect(Object.values(derived).filter((value) => value.length < 30)).toEqual([]);
});

test("the same material gives the same values, signatures included", async () => {
  expect(await deriveSecrets(material)).toEqual(derived);
});

// Computed by another program from the written formulas.
test("symmetric tokens, opaque keys and the dashboard's line are exactly these", () => {
  expect(derived).toMatchObject({
    "anon-key": `${HS256_HEADER}.eyJyb2xlIjoiYW5vbiIsImlzcyI6InN1cGFiYXNlIiwiaWF0IjoxNzk1MjYyNDAwLCJleHAiOjE5NTI5NDI0MDB9.-u1yHqHj0jFJ9t1x4uPLxN_NCcQBDZBQLxK0PKKzaFI`,
    "metrics-token": `${HS256_HEADER}.eyJyb2xlIjoibWV0cmljcyIsImlzcyI6InN1cGFiYXNlIiwiaWF0IjoxNzk1MjYyNDAwLCJleHAiOjE5NTI5NDI0MDB9.zPvLsTkvg0U9LkO9y2Yx0uXVxhep12kIrurZfSbzfJc`,
    "publishable-key": "sb_publishable_AAECAwQFBgcICQoLDA0ODx_OYGWIoEC",
    "secret-key": "sb_secret_Hx4dHBsaGRgXFhUUExIREA_fuwZC90t",
    "dashboard-htpasswd": "supabase:{SHA}/lVn6NdpVQhSGCzfaddLsW3/jik=",
  });
});

test.each([
  ["anon-key", "HS256", "anon"],
  ["service-role-key", "HS256", "service_role"],
  ["anon-key-asymmetric", "ES256", "anon"],
  ["service-role-key-asymmetric", "ES256", "service_role"],
] as const)("%s verifies with %s against the published key set", async (name, alg, role) => {
  const key = await importJWK(published(alg), alg);
  const { payload } = await jwtVerify(derived[name], key, { ...duringItsLife, algorithms: [alg] });
  expect(payload).toEqual({ role, iss: "supabase", iat: 1795262400, exp: 1952942400 });
});

test("a token that was altered, or is past its end, is refused", async () => {
  const keys = createLocalJWKSet({ keys: [published("ES256")] });
  const [header, , signature] = derived["anon-key-asymmetric"].split(".");
  const [, claims] = derived["service-role-key-asymmetric"].split(".");
  await expect(jwtVerify(`${header}.${claims}.${signature}`, keys, duringItsLife)).rejects.toThrow("signature");
  const late = { ...duringItsLife, currentDate: new Date("2031-11-21T00:00:00Z") };
  await expect(jwtVerify(derived["anon-key-asymmetric"], keys, late)).rejects.toThrow("exp");
});

test("asymmetric signatures are r and s side by side, as Web Crypto and OpenSSL read them", () => {
  const [header, claims, signature = ""] = derived["anon-key-asymmetric"].split(".");
  const bytes = Buffer.from(signature, "base64url");
  expect(bytes.length).toBe(64);
  const key = { key: createPublicKey(material.signingKey), dsaEncoding: "ieee-p1363" } as const;
  expect(verify("sha256", Buffer.from(`${header}.${claims}`), key, bytes)).toBe(true);
});

test("key sets have the members that Auth and the others look for; the published one has no private part", () => {
  const [privateKey, symmetric, ...rest] = JSON.parse(derived["jwt-keys"]);
  const { keys } = JSON.parse(derived["jwt-jwks"]);
  const text = expect.stringMatching(/^[\w-]{43}$/);
  const { kid } = decodeProtectedHeader(derived["anon-key-asymmetric"]);
  const common = { kty: "EC", kid, use: "sig", alg: "ES256", ext: true, crv: "P-256", x: text, y: text };
  expect(kid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(privateKey).toEqual({ ...common, key_ops: ["sign", "verify"], d: text });
  expect(symmetric).toEqual({ kty: "oct", k: "YSBzZWNyZXQgb2Ygand0LXNlY3JldA", alg: "HS256" });
  expect(rest).toEqual([]);
  expect(keys).toEqual([{ ...common, key_ops: ["verify"] }, symmetric]);
});

test("the SAML key is PKCS#1 in DER, which Auth reads", () => {
  const der = material.samlKey.replaceAll(/-----[^-]+-----|\s/g, "");
  expect(derived["saml-key"]).toBe(der);
});
