// Turns a text with references into pieces that a platform can deliver: plain strings, and the leaves only state knows.
import {
  type CertificateRef,
  type EndpointRef,
  FILES,
  type PeersRef,
  type Ref,
  type SecretRef,
  type SelfRef,
  type Text,
  textParts,
} from "../catalogue/spec";
import type { Address } from "./platform";

/** What is left after flattening: text, or a value that exists only in state. */
export type Piece = string | SecretRef | CertificateRef;

/** How a platform answers the references that it can. */
export interface Resolver {
  address(of: EndpointRef | PeersRef): readonly Address[];
  self(ref: SelfRef): string;
}

/** The pieces of `text`, neighbouring strings joined. */
export function flatten(text: Text, resolver: Resolver): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const part of textParts(text)) {
    const piece = typeof part === "string" ? part : resolve(part, resolver);
    const last = pieces.at(-1);
    if (typeof piece === "string" && typeof last === "string") pieces[pieces.length - 1] = last + piece;
    else pieces.push(piece);
  }
  return pieces;
}

/** The one string of a text that may hold no secret; throws when it holds one, which the catalogue's checks prevent. */
export function flattenPlain(text: Text, resolver: Resolver): string {
  const pieces = flatten(text, resolver);
  const plain = pieces.filter((piece) => typeof piece === "string");
  if (plain.length < pieces.length)
    throw new Error("a secret stands where only plain text may; check.ts must refuse it");
  return plain.join("");
}

/** True when some piece exists only in state and must be delivered as a secret; certificates are public, their keys are not. */
export function isSecret(pieces: readonly Piece[]): boolean {
  return pieces.some((piece) => typeof piece !== "string" && (piece.ref === "secret" || piece.part === "key"));
}

function resolve(ref: Ref, resolver: Resolver): Piece {
  switch (ref.ref) {
    case "secret":
    case "certificate":
      return ref;
    case "file":
      return `${FILES}/${ref.name}`;
    case "self":
      return resolver.self(ref);
    case "endpoint": {
      const [address] = resolver.address(ref);
      if (address === undefined) throw new Error(`no address for ${ref.service}/${ref.port}`);
      return {
        host: address.host,
        members: address.host,
        port: String(address.port),
        "host:port": `${address.host}:${address.port}`,
      }[ref.form];
    }
    case "peers":
      return resolver
        .address(ref)
        .map((address) => write(ref.format, address))
        .join(ref.separator);
  }
}

function write(format: string, { name, host, port }: Address): string {
  return format.replaceAll("{name}", name).replaceAll("{host}", host).replaceAll("{port}", String(port));
}
