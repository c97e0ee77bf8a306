// tls.PrivateKey: a new key pair in every form the official provider gives.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { PrivateKeyArgs } from "@pulumi/tls";
import type { Failure, InputsOf, ResourceType } from "../resource-type";
import { CURVE_NAMES, opensslCurve } from "./keys";
import { opensshKey } from "./openssh";

type Inputs = InputsOf<PrivateKeyArgs>;

const ALGORITHMS: readonly string[] = ["RSA", "ECDSA", "ED25519"];
/** Fewer bits are refused by current TLS libraries. */
const LEAST_RSA_BITS = 1024;

function generate({ algorithm, rsaBits = 2048, ecdsaCurve = "P224" }: Inputs): KeyObject {
  if (algorithm === "RSA") return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
  if (algorithm === "ED25519") return generateKeyPairSync("ed25519").privateKey;
  return generateKeyPairSync("ec", { namedCurve: opensslCurve(ecdsaCurve) }).privateKey;
}

/** The traditional form of a key: PKCS#1 for RSA, SEC 1 for ECDSA; Ed25519 has none but PKCS#8. */
function traditionalPem(key: KeyObject): string {
  const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : key.asymmetricKeyType === "ec" ? "sec1" : "pkcs8";
  return key.export({ type, format: "pem" }).toString();
}

function failures({ algorithm, ecdsaCurve, rsaBits }: Partial<Inputs>): Failure[] {
  const found: Failure[] = [];
  if (algorithm !== undefined && !ALGORITHMS.includes(algorithm))
    found.push({ property: "algorithm", reason: `must be one of ${ALGORITHMS.join(", ")}, got ${algorithm}` });
  if (ecdsaCurve !== undefined && !CURVE_NAMES.includes(ecdsaCurve))
    found.push({ property: "ecdsaCurve", reason: `must be one of ${CURVE_NAMES.join(", ")}, got ${ecdsaCurve}` });
  if (rsaBits !== undefined && !(Number.isInteger(rsaBits) && rsaBits >= LEAST_RSA_BITS))
    found.push({ property: "rsaBits", reason: `must be ${LEAST_RSA_BITS} or more, got ${rsaBits}` });
  return found;
}

export const privateKey: ResourceType<Inputs> = {
  required: ["algorithm"],
  optional: ["ecdsaCurve", "rsaBits"],
  defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
  computed: [
    "privateKeyOpenssh",
    "privateKeyPem",
    "privateKeyPemPkcs8",
    "publicKeyFingerprintMd5",
    "publicKeyFingerprintSha256",
    "publicKeyOpenssh",
    "publicKeyPem",
  ],
  secret: ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"],
  check: failures,
  async create(inputs) {
    const key = generate(inputs);
    const publicKey = createPublicKey(key);
    return {
      id: createHash("sha1")
        .update(publicKey.export({ type: "spki", format: "der" }))
        .digest("hex"),
      outputs: {
        ...opensshKey(key),
        privateKeyPem: traditionalPem(key),
        privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }).toString(),
        publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
      },
    };
  },
};
