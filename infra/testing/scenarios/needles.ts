// Every secret of a stack in the forms in which it could leak, and the search for them. Finds are told by name, never by value.
import { createPrivateKey } from "node:crypto";

/** One form of one secret. */
export interface Needle {
  readonly secret: string;
  readonly form: string;
}

/** The forms of a password or key that something might print: as it is, and inside anything that was written in base64. */
export function needlesOf(secret: string, value: string): readonly Needle[] {
  return [value, ...insideBase64(Buffer.from(value))].map((form) => ({ secret, form }));
}

/** The forms of an elliptic curve's private key. Only its scalar is secret: a PEM of it ends with the public key. */
export function privateKeyNeedles(secret: string, pem: string): readonly Needle[] {
  const { d = "" } = createPrivateKey(pem).export({ format: "jwk" });
  const scalar = Buffer.from(d, "base64url");
  return [d, scalar.toString("hex"), ...insideBase64(scalar)].map((form) => ({ secret, form }));
}

/** What base64 makes of the bytes at each of the three offsets, without the characters that depend on their surroundings. */
function insideBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return encoded.slice(Math.ceil((offset * 4) / 3), -1);
  });
}

/** `secret: place` for each secret that stands in a text, also where lines are wrapped, indented or escaped. */
export function leaks(needles: readonly Needle[], place: string, text: string): readonly string[] {
  const joined = text.replace(/\\+[nr]|\s+/g, "");
  const found = needles.filter(({ form }) => text.includes(form) || joined.includes(form));
  return [...new Set(found.map(({ secret }) => `${secret}: ${place}`))];
}
