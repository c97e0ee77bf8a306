// The derived secrets: tokens, key sets and keys in the exact shapes that the services read. Pure: the same material gives
// the same values, so that a second `up` changes nothing.
import { createHash, createPrivateKey } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { base64url, calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from "jose";
import { DASHBOARD_USER, type DerivedSecretName, type DrawnSecretName } from "./secrets";

/** The drawn secrets that others are made from. */
export const KEY_SOURCES = [
  "jwt-secret",
  "metrics-jwt-secret",
  "publishable-key-random",
  "secret-key-random",
  "dashboard-password",
] as const satisfies readonly DrawnSecretName[];
export type KeySource = (typeof KEY_SOURCES)[number];

/** What the derived secrets are made from. */
export interface KeyMaterial {
  readonly sources: Readonly<Record<KeySource, string>>;
  /** PEM of an EC P-256 private key. */
  readonly signingKey: string;
  /** PEM of an RSA private key of 2048 bits or more. */
  readonly samlKey: string;
  /** When tokens begin and end, in RFC 3339. */
  readonly issuedAt: string;
  readonly expiresAt: string;
}

/** Every derived secret, by name. */
export async function deriveSecrets(material: KeyMaterial): Promise<Readonly<Record<DerivedSecretName, string>>> {
  const { sources } = material;
  const key = await signingJwk(material.signingKey);
  // Services take the secret as text: its bytes are those of the base64, not what the base64 stands for.
  const symmetric = { kty: "oct", k: base64url.encode(sources["jwt-secret"]), alg: "HS256" };
  return {
    "jwt-keys": JSON.stringify([privateJwk(key), symmetric]),
    "jwt-jwks": JSON.stringify({ keys: [publicJwk(key), symmetric] }),
    "anon-key": await symmetricToken(sources["jwt-secret"], "anon", material),
    "service-role-key": await symmetricToken(sources["jwt-secret"], "service_role", material),
    "anon-key-asymmetric": asymmetricToken(key, "anon", material),
    "service-role-key-asymmetric": asymmetricToken(key, "service_role", material),
    "publishable-key": opaqueKey("sb_publishable_", sources["publishable-key-random"]),
    "secret-key": opaqueKey("sb_secret_", sources["secret-key-random"]),
    "metrics-token": await symmetricToken(sources["metrics-jwt-secret"], "metrics", material),
    "dashboard-htpasswd": htpasswd(DASHBOARD_USER, sources["dashboard-password"]),
    "saml-key": createPrivateKey(material.samlKey).export({ type: "pkcs1", format: "der" }).toString("base64"),
  };
}

type Lifetime = Pick<KeyMaterial, "issuedAt" | "expiresAt">;
type SigningJwk = Readonly<Required<Pick<JWK, "kid" | "crv" | "x" | "y" | "d">>>;

async function signingJwk(pem: string): Promise<SigningJwk> {
  const jwk = await exportJWK(createPrivateKey(pem));
  const { crv = "", x = "", y = "", d = "" } = jwk;
  return { kid: uuidOf(await calculateJwkThumbprint(jwk)), crv, x, y, d };
}

/** A key's name, in the form of a UUID (version 8: of the maker's own content) since readers know no other. */
function uuidOf(thumbprint: string): string {
  const bytes = Buffer.from(thumbprint, "base64url").subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function publicJwk({ kid, crv, x, y }: SigningJwk): JWK {
  return { kty: "EC", kid, use: "sig", key_ops: ["verify"], alg: "ES256", ext: true, crv, x, y };
}

function privateJwk(key: SigningJwk): JWK {
  return { ...publicJwk(key), key_ops: ["sign", "verify"], d: key.d };
}

function claims(role: string, { issuedAt, expiresAt }: Lifetime) {
  const seconds = (time: string) => Math.floor(Date.parse(time) / 1000);
  return { role, iss: "supabase", iat: seconds(issuedAt), exp: seconds(expiresAt) };
}

function symmetricToken(secret: string, role: string, lifetime: Lifetime): Promise<string> {
  return new SignJWT(claims(role, lifetime))
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

/** Signed here and not by jose: Web Crypto draws a new nonce for each signature, and every `up` would see another token. */
function asymmetricToken({ kid, d }: SigningJwk, role: string, lifetime: Lifetime): string {
  const encode = (part: object) => base64url.encode(JSON.stringify(part));
  const signed = `${encode({ alg: "ES256", typ: "JWT", kid })}.${encode(claims(role, lifetime))}`;
  // The nonce of RFC 6979, and r‖s as JSON Web Signatures have it.
  const signature = p256.sign(new TextEncoder().encode(signed), base64url.decode(d));
  return `${signed}.${base64url.encode(signature)}`;
}

/** An opaque key carries a checksum, so that a typing error is told from a revoked key without asking anyone. */
function opaqueKey(prefix: string, hex: string): string {
  const key = prefix + Buffer.from(hex, "hex").toString("base64url").slice(0, 22);
  return `${key}_${createHash("sha256").update(`supabase-self-hosted|${key}`).digest("base64url").slice(0, 8)}`;
}

/** SHA-1 because the gateways verify no other form; the password has 128 random bits, so that no list of guesses reaches it. */
function htpasswd(user: string, password: string): string {
  return `${user}:{SHA}${createHash("sha1").update(password).digest("base64")}`;
}
