// The cluster's own authority and the certificates it signs, made anew for every cluster. All are ECDSA P-256.
import { KeyObject, type webcrypto } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "../providers/tls/library";
import { alternativeNames, nameOf, newSerial, pem, purpose } from "../providers/tls/x509";
import { HOME, NETWORK } from "./settings";

const FOLDER = join(HOME, "pki");

/** Where each file of the cluster's keys and certificates lies. */
export const PKI = {
  authority: join(FOLDER, "ca.crt"),
  apiCertificate: join(FOLDER, "apiserver.crt"),
  apiKey: join(FOLDER, "apiserver.key"),
  adminCertificate: join(FOLDER, "admin.crt"),
  adminKey: join(FOLDER, "admin.key"),
  accountKey: join(FOLDER, "accounts.key"),
  accountPublicKey: join(FOLDER, "accounts.pub"),
} as const;

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** No cluster of tests lives longer. */
const VALIDITY_HOURS = 24 * 30;

/** Names by which the API server is reached, from the host and from pods. */
const API_NAMES = {
  dnsNames: [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${NETWORK.domain}`,
  ],
  ipAddresses: [NETWORK.node, NETWORK.api, "127.0.0.1"],
};

/** Writes everything that `PKI` names; keys are readable by root alone. */
export async function writeCertificates(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const authority = await keyPair();
  const subject = nameOf({ commonName: "groundwork test cluster" });
  const issue = (args: Pick<Issue, "subject" | "uses" | "keys"> & Partial<Issue>) =>
    certificate({ issuer: subject, signer: authority, ...args });
  write(PKI.authority, await issue({ subject, keys: authority, uses: ["cert_signing"], isAuthority: true }));
  const api = await keyPair();
  write(PKI.apiKey, privateKey(api), 0o600);
  write(
    PKI.apiCertificate,
    await issue({
      subject: nameOf({ commonName: "kube-apiserver" }),
      keys: api,
      uses: ["server_auth"],
      names: API_NAMES,
    }),
  );
  const admin = await keyPair();
  write(PKI.adminKey, privateKey(admin), 0o600);
  // Members of this group may do everything.
  const administrator = nameOf({ commonName: "admin", organization: "system:masters" });
  write(PKI.adminCertificate, await issue({ subject: administrator, keys: admin, uses: ["client_auth"] }));
  const accounts = await keyPair();
  write(PKI.accountKey, privateKey(accounts), 0o600);
  write(PKI.accountPublicKey, KeyObject.from(accounts.publicKey).export({ type: "spki", format: "pem" }).toString());
}

interface Issue {
  readonly subject: x509.JsonName;
  readonly issuer: x509.JsonName;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: webcrypto.CryptoKeyPair;
  readonly uses: readonly string[];
  readonly isAuthority?: boolean;
  readonly names?: { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] };
}

async function certificate({
  subject,
  issuer,
  keys,
  signer,
  uses,
  isAuthority = false,
  names,
}: Issue): Promise<string> {
  const signed = await x509.X509CertificateGenerator.create({
    subject,
    issuer,
    serialNumber: newSerial(),
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + VALIDITY_HOURS * 3_600_000),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...purpose({ allowedUses: uses, validityPeriodHours: VALIDITY_HOURS, isCaCertificate: isAuthority }),
      ...(isAuthority ? [await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)] : []),
      ...(isAuthority ? [] : [await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey)]),
      ...(names === undefined ? [] : [new x509.SubjectAlternativeNameExtension(alternativeNames(names))]),
    ],
  });
  return pem(signed);
}

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function privateKey({ privateKey: key }: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}

function write(path: string, content: string, mode = 0o644): void {
  writeFileSync(path, content, { mode });
}
