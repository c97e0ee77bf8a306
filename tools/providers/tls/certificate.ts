// What self-signed and locally signed certificates share: signing, the outputs, renewal before the end.

import type { Drift } from "../resource-type";
import type { Properties } from "../wire";
import type { SigningKey } from "./keys";
import * as x509 from "./library";
import { isDue, timestamp, type Validity, validity } from "./validity";
import { newSerial, pem, purpose, type Terms } from "./x509";

/** Who a certificate is for and who signs it. */
export interface Issue {
  readonly subject: x509.Name | x509.JsonName;
  readonly issuer: x509.Name | x509.JsonName;
  readonly publicKey: x509.PublicKeyType;
  readonly signer: SigningKey;
  /** Alternative names and key identifiers. */
  readonly extensions: readonly x509.Extension[];
}

/** The outputs that every certificate has. */
export const CERTIFICATE_OUTPUTS = ["certPem", "readyForRenewal", "validityEndTime", "validityStartTime"] as const;
export const CERTIFICATE_DEFAULTS = { earlyRenewalHours: 0, isCaCertificate: false, setSubjectKeyId: false } as const;

type Recorded = Validity & { readonly earlyRenewalHours?: number };

/** Signs a certificate. Its id is the serial number in decimal. */
export async function issue(terms: Terms & { readonly earlyRenewalHours?: number }, { signer, ...rest }: Issue) {
  const serialNumber = newSerial();
  const span = validity(new Date(), terms.validityPeriodHours);
  const certificate = await x509.X509CertificateGenerator.create({
    ...span,
    serialNumber,
    subject: rest.subject,
    issuer: rest.issuer,
    publicKey: rest.publicKey,
    signingKey: signer.pair.privateKey,
    signingAlgorithm: signer.signature,
    extensions: [...purpose(terms), ...rest.extensions],
  });
  const validityEndTime = timestamp(span.notAfter);
  const outputs = {
    certPem: pem(certificate),
    validityStartTime: timestamp(span.notBefore),
    validityEndTime,
    readyForRenewal: isDue(validityEndTime, terms.earlyRenewalHours ?? 0, new Date()),
  };
  return { id: BigInt(`0x${serialNumber}`).toString(), outputs };
}

/** Renewal: a certificate that is due is replaced; `earlyRenewalHours` alone changes in place. */
export const renewal = {
  updatable: ["earlyRenewalHours"],
  due({ validityEndTime, earlyRenewalHours = 0 }: Recorded, now: Date): string | undefined {
    return isDue(validityEndTime, earlyRenewalHours, now) ? "readyForRenewal" : undefined;
  },
  async read(_id: string, { validityEndTime, earlyRenewalHours = 0 }: Recorded): Promise<Drift> {
    return { outputs: { readyForRenewal: isDue(validityEndTime, earlyRenewalHours, new Date()) } };
  },
  async update(_id: string, inputs: { readonly earlyRenewalHours?: number }, olds: Recorded): Promise<Properties> {
    return { readyForRenewal: isDue(olds.validityEndTime, inputs.earlyRenewalHours ?? 0, new Date()) };
  },
};
