// Private keys: PEM in, what signing and publishing need out.
import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from "node:crypto";

export type KeyAlgorithm = "RSA" | "ECDSA" | "ED25519";

/** A private key with what a certificate made with it needs to know. */
export interface SigningKey {
  readonly algorithm: KeyAlgorithm;
  readonly pair: webcrypto.CryptoKeyPair;
  readonly signature: webcrypto.Algorithm | webcrypto.EcdsaParams;
}

/** The curves' names here, in OpenSSL, and in Web Crypto with the hash that goes with each. */
const CURVES: Readonly<Record<string, { readonly openssl: string; readonly web?: string; readonly hash?: string }>> = {
  P224: { openssl: "secp224r1" },
  P256: { openssl: "prime256v1", web: "P-256", hash: "SHA-256" },
  P384: { openssl: "secp384r1", web: "P-384", hash: "SHA-384" },
  P521: { openssl: "secp521r1", web: "P-521", hash: "SHA-512" },
};
export const CURVE_NAMES = Object.keys(CURVES);

/** OpenSSL's name of a curve in `CURVE_NAMES`. */
export function opensslCurve(name: string): string {
  return CURVES[name]?.openssl ?? name;
}

/** Reads the private key given as input `property`; throws with its name, never its content. */
export function signingKey(pem: string, property: string): SigningKey {
  const key = privateKey(pem, property);
  const pair = (algorithm: webcrypto.Algorithm): webcrypto.CryptoKeyPair => ({
    privateKey: key.toCryptoKey(algorithm, true, ["sign"]),
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ["verify"]),
  });
  if (key.asymmetricKeyType === "rsa") {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return { algorithm: "RSA", pair: pair(algorithm), signature: algorithm };
  }
  if (key.asymmetricKeyType === "ed25519")
    return { algorithm: "ED25519", pair: pair({ name: "Ed25519" }), signature: { name: "Ed25519" } };
  const curve = Object.values(CURVES).find(({ openssl }) => openssl === key.asymmetricKeyDetails?.namedCurve);
  if (!curve?.web || !curve.hash) throw new Error(`${property}: must be RSA, Ed25519 or ECDSA on P256, P384 or P521`);
  const algorithm = { name: "ECDSA", namedCurve: curve.web };
  return { algorithm: "ECDSA", pair: pair(algorithm), signature: { name: "ECDSA", hash: curve.hash } };
}

function privateKey(pem: string, property: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`${property}: is not a private key in PEM form`);
  }
}
