// The main service of the edge runtime: which tokens it accepts, and which function a path names. Real signatures, no mocks.
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, expect, test } from "vitest";
import { count, functionOf, type Keys, metrics, refusal } from "./index";

const NOW = 1_800_000_000;
const SECRET = "a secret of more than thirty-two characters";
let keys: Keys;
let privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

beforeAll(async () => {
  const pair = await generateKeyPair("ES256", { extractable: true });
  privateKey = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: "current", use: "sig", alg: "ES256", key_ops: ["verify"] };
  const oct = { kty: "oct", k: Buffer.from(SECRET).toString("base64url"), alg: "HS256" };
  keys = { secret: SECRET, jwks: [jwk, oct] };
});

const token = (alg: string, kid?: string, exp = NOW + 60) =>
  new SignJWT({ role: "anon" }).setProtectedHeader({ alg, ...(kid && { kid }) }).setExpirationTime(exp);
const hs256 = (secret = SECRET, exp = NOW + 60) =>
  token("HS256", undefined, exp).sign(new TextEncoder().encode(secret));
const verdict = async (jwt: string) => refusal(`Bearer ${jwt}`, keys, NOW);

test("tokens signed with the secret or with the private key are accepted", async () => {
  expect(await verdict(await hs256())).toBeUndefined();
  expect(await verdict(await token("ES256", "current").sign(privateKey))).toBeUndefined();
  expect(await verdict(await token("ES256").sign(privateKey))).toBeUndefined();
});

test("others are refused", async () => {
  expect(await refusal(null, keys, NOW)).toBe("missing authorization header");
  expect(await verdict("no.token")).toBe("invalid JWT format");
  expect(await verdict(await hs256("another secret of thirty-two characters"))).toBe("invalid JWT");
  expect(await verdict(await hs256(SECRET, NOW - 1))).toBe("JWT has expired");
  expect(await verdict(await token("ES256", "former").sign(privateKey))).toBe("unsupported JWT algorithm or key");
  const { privateKey: foreign } = await generateKeyPair("ES256");
  expect(await verdict(await token("ES256", "current").sign(foreign))).toBe("invalid JWT");
});

test("a token cannot choose how it is checked", async () => {
  const [, body] = (await hs256()).split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  expect(await verdict(`${none}.${body}.`)).toBe("unsupported JWT algorithm or key");
  // Signed with the public key's bytes as if they were a secret.
  const confused = await token("HS256").sign(new TextEncoder().encode(JSON.stringify(keys.jwks[0])));
  expect(await verdict(confused)).toBe("invalid JWT");
});

test("a token without an end is refused", async () => {
  const endless = await new SignJWT({}).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(SECRET));
  expect(await verdict(endless)).toBe("JWT has expired");
});

test.each([
  ["/hello", "hello"],
  ["/hello/world", "hello"],
  ["/", undefined],
  ["/../etc", undefined],
  ["/_internal/metrics", undefined],
  ["/.hidden", undefined],
])("%s names %s", (path, name) => {
  expect(functionOf(path)).toBe(name);
});

test("what was answered is counted", () => {
  count("hello", 200, 0.25);
  count("hello", 200, 0.25);
  expect(metrics()).toContain('functions_requests_total{function="hello",status="200"} 2\n');
  expect(metrics()).toContain('functions_request_seconds_total{function="hello",status="200"} 0.5\n');
});
