// X.509 terms as the official provider takes them, turned into what the library signs. Pure but for randomness.
import { randomBytes } from "node:crypto";
import type { Failure } from "../resource-type";
import * as x509 from "./library";

/** A distinguished name in the official provider's words. */
export interface Subject {
  readonly commonName?: string;
  readonly country?: string;
  readonly emailAddress?: string;
  readonly locality?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly postalCode?: string;
  readonly province?: string;
  readonly serialNumber?: string;
  readonly streetAddresses?: readonly string[];
}

/** What a certificate is issued for. */
export interface Names {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

/** A certificate's purpose and validity. */
export interface Terms {
  readonly allowedUses: readonly string[];
  readonly validityPeriodHours: number;
  readonly isCaCertificate?: boolean;
  readonly maxPathLength?: number;
}

const KEY_USES: Readonly<Record<string, number>> = {
  digital_signature: x509.KeyUsageFlags.digitalSignature,
  content_commitment: x509.KeyUsageFlags.nonRepudiation,
  key_encipherment: x509.KeyUsageFlags.keyEncipherment,
  data_encipherment: x509.KeyUsageFlags.dataEncipherment,
  key_agreement: x509.KeyUsageFlags.keyAgreement,
  cert_signing: x509.KeyUsageFlags.keyCertSign,
  crl_signing: x509.KeyUsageFlags.cRLSign,
  encipher_only: x509.KeyUsageFlags.encipherOnly,
  decipher_only: x509.KeyUsageFlags.decipherOnly,
};

const EXTENDED_USES: Readonly<Record<string, string>> = {
  any_extended: "2.5.29.37.0",
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
  code_signing: "1.3.6.1.5.5.7.3.3",
  email_protection: "1.3.6.1.5.5.7.3.4",
  ipsec_end_system: "1.3.6.1.5.5.7.3.5",
  ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
  ipsec_user: "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  ocsp_signing: "1.3.6.1.5.5.7.3.9",
  microsoft_server_gated_crypto: "1.3.6.1.4.1.311.10.3.3",
  netscape_server_gated_crypto: "2.16.840.1.113730.4.1",
  microsoft_commercial_code_signing: "1.3.6.1.4.1.311.2.1.22",
  microsoft_kernel_code_signing: "1.3.6.1.4.1.311.61.1.1",
};

/** The attributes of a name, in the order in which certificates customarily carry them. */
export function nameOf(subject: Subject = {}): x509.JsonName {
  const attributes: readonly (readonly [string, string | undefined])[] = [
    ["C", subject.country],
    ["O", subject.organization],
    ["OU", subject.organizationalUnit],
    ["L", subject.locality],
    ["ST", subject.province],
    ...(subject.streetAddresses ?? []).map((street) => ["2.5.4.9", street] as const),
    ["2.5.4.17", subject.postalCode],
    ["CN", subject.commonName],
    ["2.5.4.5", subject.serialNumber],
    ["E", subject.emailAddress],
  ];
  return attributes.flatMap(([type, value]) => (value ? [{ [type]: [value] }] : []));
}

/** The alternative names, as data. */
export function alternativeNames({ dnsNames = [], ipAddresses = [], uris = [] }: Names): x509.JsonGeneralNames {
  return [
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...uris.map((value) => ({ type: "url" as const, value })),
  ];
}

/** The bits of the key-usage extension; 0 when none is asked for. */
export function keyUsage(uses: readonly string[]): number {
  return uses.reduce((bits, use) => bits | (KEY_USES[use] ?? 0), 0);
}

/** The object identifiers of the extended-key-usage extension. */
export function extendedKeyUsage(uses: readonly string[]): string[] {
  return uses.flatMap((use) => EXTENDED_USES[use] ?? []);
}

/** The extensions that say what a certificate may be used for. */
export function purpose({ allowedUses, isCaCertificate = false, maxPathLength }: Terms): x509.Extension[] {
  const extended = extendedKeyUsage(allowedUses);
  const bits = keyUsage(allowedUses);
  return [
    ...(bits > 0 ? [new x509.KeyUsagesExtension(bits, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
    new x509.BasicConstraintsExtension(isCaCertificate, isCaCertificate ? maxPathLength : undefined, true),
  ];
}

/** A positive serial number of 127 random bits, in hex. */
export function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString("hex");
}

/** Why these terms cannot be used. */
export function termFailures(terms: Partial<Terms>): Failure[] {
  const known = [...Object.keys(KEY_USES), ...Object.keys(EXTENDED_USES)];
  const uses = (terms.allowedUses ?? []).filter((use) => !known.includes(use));
  const failures = uses.map((use) => ({
    property: "allowedUses",
    reason: `must be any of ${known.join(", ")}, got ${use}`,
  }));
  const hours = terms.validityPeriodHours;
  if (hours !== undefined && !(hours >= 0))
    failures.push({ property: "validityPeriodHours", reason: `must be 0 or more, got ${hours}` });
  return failures;
}

/** PEM with the line end that OpenSSL and Go write. */
export function pem(data: x509.X509Certificate | x509.Pkcs10CertificateRequest): string {
  return `${data.toString("pem").trimEnd()}\n`;
}
