// OpenSSH's own forms of a key pair (PROTOCOL.key in its sources). Node writes every other form itself.
import { createHash, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";

/** The public key as authorized_keys has it, its fingerprints, and the private key file. Empty where ssh knows no such key. */
export interface OpensshKey {
  readonly privateKeyOpenssh: string;
  readonly publicKeyOpenssh: string;
  readonly publicKeyFingerprintMd5: string;
  readonly publicKeyFingerprintSha256: string;
}

const NONE: OpensshKey = {
  privateKeyOpenssh: "",
  publicKeyOpenssh: "",
  publicKeyFingerprintMd5: "",
  publicKeyFingerprintSha256: "",
};

/** OpenSSH's names of the curves that it knows, by OpenSSL's. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "nistp256",
  secp384r1: "nistp384",
  secp521r1: "nistp521",
};

/** The OpenSSH forms of a private key. */
export function opensshKey(key: KeyObject): OpensshKey {
  const parts = keyParts(key);
  if (!parts) return NONE;
  const blob = Buffer.concat([text(parts.type), ...parts.public]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, text(parts.type), ...parts.private, text("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[text("none"), text("none"), text(""), Buffer.from([0, 0, 0, 1])],
    ...[bytes(blob), bytes(Buffer.concat([secret, padding]))],
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  const md5 = createHash("md5").update(blob).digest("hex").match(/../g) ?? [];
  return {
    privateKeyOpenssh: ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
      "\n",
    ),
    publicKeyOpenssh: `${parts.type} ${blob.toString("base64")}\n`,
    publicKeyFingerprintMd5: md5.join(":"),
    publicKeyFingerprintSha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
  };
}

interface KeyParts {
  readonly type: string;
  readonly public: readonly Buffer[];
  readonly private: readonly Buffer[];
}

/** The key's type and the fields of its public and private part, in the order OpenSSH wants them. */
function keyParts(key: KeyObject): KeyParts | undefined {
  const field = (name: keyof JsonWebKey) => Buffer.from(String(key.export({ format: "jwk" })[name]), "base64url");
  if (key.asymmetricKeyType === "rsa") {
    const number = (name: keyof JsonWebKey) => integer(field(name));
    const [n, e] = [number("n"), number("e")];
    return { type: "ssh-rsa", public: [e, n], private: [n, e, number("d"), number("qi"), number("p"), number("q")] };
  }
  if (key.asymmetricKeyType === "ed25519") {
    const [point, seed] = [field("x"), field("d")];
    const both = Buffer.concat([seed, point]);
    return { type: "ssh-ed25519", public: [bytes(point)], private: [bytes(point), bytes(both)] };
  }
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (!curve) return undefined;
  const point = bytes(Buffer.concat([Buffer.from([4]), field("x"), field("y")]));
  const publicPart = [text(curve), point];
  return { type: `ecdsa-sha2-${curve}`, public: publicPart, private: [...publicPart, integer(field("d"))] };
}

function bytes(value: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, value]);
}

function text(value: string): Buffer {
  return bytes(Buffer.from(value));
}

/** A positive integer: no leading zero bytes but the one that keeps it from looking negative. */
function integer(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const digits = value.subarray(first === -1 ? value.length : first);
  return bytes((digits[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
