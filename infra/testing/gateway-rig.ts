// What both gateways are tested with: keys and tokens as a stack would have them, and texts with their references resolved.
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { importJWK, type JWK, SignJWT } from "jose";
import type { GatewayArgs } from "../catalogue/gateway";
import { DASHBOARD_PASSWORD, type GatewayCase, ORIGINS, type TokenName } from "../catalogue/gateway-contract";
import { UPSTREAMS, type UpstreamName } from "../catalogue/gateway-routes";
import { deriveSecrets } from "../catalogue/keys";
import type { SecretName } from "../catalogue/secrets";
import { type CertificateRef, type ServiceName, service, type Text } from "../catalogue/spec";
import { flatten } from "../platforms/flatten";
import type { Address } from "../platforms/platform";

/** The values of the stack under test. */
export const GATEWAY_UNDER_TEST: Omit<GatewayArgs, "implementation" | "services"> = {
  copies: 1,
  domain: "example.org",
  publicUrl: "https://api.example.org",
  origins: [ORIGINS.listed],
  limits: { user: { requests: 20, per: "1 hours" }, costly: { requests: 5, per: "1 hours" } },
  fileSize: "50 MiB",
};

/** Services that stand behind it, for catalogue and checks. */
export function behind(names: readonly UpstreamName[] = Object.keys(UPSTREAMS) as UpstreamName[]) {
  return names.map((name) =>
    service(name, {
      purpose: "test",
      shape: "stateless",
      image: "meta",
      resources: { cpu: 1, memory: "1 GiB", processes: 1 },
      networks: ["app"],
      ports: { http: 1 },
    }),
  );
}

/** Secrets and tokens that belong together. */
export interface GatewayKeys {
  readonly secrets: Readonly<Partial<Record<SecretName, string>>>;
  readonly tokens: Readonly<Record<TokenName, string>>;
  /** A token of the user with this id. */
  readonly tokenOf: (user: string) => Promise<string>;
}

export async function gatewayKeys(): Promise<GatewayKeys> {
  const pem = () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
  const sources = {
    "jwt-secret": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=",
    "metrics-jwt-secret": "bWV0cmljcw==",
    "publishable-key-random": "00112233445566778899aabbccddeeff",
    "secret-key-random": "ffeeddccbbaa99887766554433221100",
    "dashboard-password": DASHBOARD_PASSWORD,
  };
  const derived = await deriveSecrets({
    sources,
    signingKey: String(pem()),
    samlKey: String(rsa),
    issuedAt: "2026-01-01T00:00:00Z",
    expiresAt: "2036-01-01T00:00:00Z",
  });
  const [own] = JSON.parse(derived["jwt-keys"]) as JWK[];
  const key = await importJWK({ ...own, key_ops: ["sign"] }, "ES256");
  const sign = (changes: Record<string, unknown>, by: Parameters<SignJWT["sign"]>[0] = key) => {
    const claims = {
      iss: "https://api.example.org/auth/v1",
      aud: "authenticated",
      sub: "somebody",
      role: "authenticated",
    };
    const times = { iat: 1_767_225_600, exp: 2_082_758_400 };
    return new SignJWT({ ...claims, ...times, ...changes })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: own?.kid ?? "" })
      .sign(by);
  };
  return {
    secrets: { ...sources, ...derived },
    tokens: {
      user: await sign({}),
      expired: await sign({ exp: 1_767_225_700 }),
      "other-issuer": await sign({ iss: "https://api.example.net/auth/v1" }),
      "other-audience": await sign({ aud: "somebody-else" }),
      forged: await sign({}, createPrivateKey(String(pem()))),
    },
    tokenOf: (user) => sign({ sub: user }),
  };
}

/** Where everything that a text refers to is. */
export interface GatewayPlaces {
  readonly secrets: GatewayKeys["secrets"];
  readonly certificate: (ref: CertificateRef) => string;
  /** Its one address, or that of each copy. */
  readonly address: (service: ServiceName) => Address | readonly Address[];
}

/** A text with all its references resolved. */
export function resolved(text: Text, { secrets, certificate, address }: GatewayPlaces): string {
  const resolver = { address: (of: { service: ServiceName }) => [address(of.service)].flat(), self: () => "" };
  return flatten(text, resolver)
    .map((piece) => {
      if (typeof piece === "string") return piece;
      if (piece.ref === "certificate") return certificate(piece);
      const value = secrets[piece.name];
      if (value === undefined) throw new Error(`the test has no secret ${piece.name}`);
      return value;
    })
    .join("");
}

/** The headers of a case, its token among them. */
export function headersOf(each: GatewayCase, { secrets, tokens }: GatewayKeys): Record<string, string> {
  const places: GatewayPlaces = { secrets, certificate: () => "", address: () => ({ name: "", host: "", port: 0 }) };
  return {
    ...Object.fromEntries(Object.entries(each.headers ?? {}).map(([name, value]) => [name, resolved(value, places)])),
    ...(each.token && { authorization: `Bearer ${tokens[each.token]}` }),
  };
}
