// tls.LocallySignedCert: a request signed by a CA whose key is at hand.
import { KeyObject, X509Certificate } from "node:crypto";
import type { LocallySignedCertArgs } from "@pulumi/tls";
import type { InputsOf, ResourceType } from "../resource-type";
import { CERTIFICATE_DEFAULTS, CERTIFICATE_OUTPUTS, issue, renewal } from "./certificate";
import { type SigningKey, signingKey } from "./keys";
import * as x509 from "./library";
import type { Validity } from "./validity";
import { termFailures } from "./x509";

/** Object identifier of the extension that a request and its certificate share. */
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

type Inputs = InputsOf<LocallySignedCertArgs>;

export const locallySignedCert: ResourceType<Inputs, Inputs & Validity> = {
  required: ["allowedUses", "caCertPem", "caPrivateKeyPem", "certRequestPem", "validityPeriodHours"],
  optional: ["earlyRenewalHours", "isCaCertificate", "maxPathLength", "setSubjectKeyId"],
  defaults: CERTIFICATE_DEFAULTS,
  computed: [...CERTIFICATE_OUTPUTS, "caKeyAlgorithm"],
  secret: ["caPrivateKeyPem"],
  check: termFailures,
  ...renewal,
  async create(inputs) {
    const signer = signingKey(inputs.caPrivateKeyPem ?? "", "caPrivateKeyPem");
    const authority = authorityCertificate(inputs.caCertPem, signer);
    const request = await certificateRequest(inputs.certRequestPem);
    const names = request.getExtension(SUBJECT_ALTERNATIVE_NAME);
    const authorityKeyId = authority.getExtension(x509.SubjectKeyIdentifierExtension);
    const { id, outputs } = await issue(inputs, {
      subject: request.subjectName,
      issuer: authority.subjectName,
      publicKey: request.publicKey,
      signer,
      extensions: [
        ...(inputs.setSubjectKeyId || inputs.isCaCertificate
          ? [await x509.SubjectKeyIdentifierExtension.create(request.publicKey)]
          : []),
        ...(authorityKeyId ? [await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey)] : []),
        ...(names ? [names] : []),
      ],
    });
    return { id, outputs: { ...outputs, caKeyAlgorithm: signer.algorithm } };
  },
};

/** Reads the CA's certificate and makes sure that the key at hand is its key. */
function authorityCertificate(certificatePem: string, signer: SigningKey): x509.X509Certificate {
  const certificate = attempt(
    () => new x509.X509Certificate(certificatePem),
    "caCertPem: is not a certificate in PEM form",
  );
  const matches = new X509Certificate(certificatePem).checkPrivateKey(KeyObject.from(signer.pair.privateKey));
  if (!matches) throw new Error("caPrivateKeyPem: is not the key of caCertPem");
  return certificate;
}

/** Reads a request and checks that its sender holds the key. */
async function certificateRequest(requestPem: string): Promise<x509.Pkcs10CertificateRequest> {
  const request = attempt(
    () => new x509.Pkcs10CertificateRequest(requestPem),
    "certRequestPem: is not a certificate request in PEM form",
  );
  if (!(await request.verify())) throw new Error("certRequestPem: its signature does not match its key");
  return request;
}

function attempt<T>(parse: () => T, otherwise: string): T {
  try {
    return parse();
  } catch {
    throw new Error(otherwise);
  }
}
