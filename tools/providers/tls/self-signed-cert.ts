// tls.SelfSignedCert: a certificate signed with its own key, above all the private CA's.

import type { SelfSignedCertArgs } from "@pulumi/tls";
import type { InputsOf, ResourceType } from "../resource-type";
import { CERTIFICATE_DEFAULTS, CERTIFICATE_OUTPUTS, issue, renewal } from "./certificate";
import { signingKey } from "./keys";
import * as x509 from "./library";
import type { Validity } from "./validity";
import { alternativeNames, nameOf, termFailures } from "./x509";

type Inputs = InputsOf<SelfSignedCertArgs>;

export const selfSignedCert: ResourceType<Inputs, Inputs & Validity> = {
  required: ["allowedUses", "privateKeyPem", "validityPeriodHours"],
  optional: [
    "dnsNames",
    "earlyRenewalHours",
    "ipAddresses",
    "isCaCertificate",
    "maxPathLength",
    "setAuthorityKeyId",
    "setSubjectKeyId",
    "subject",
    "uris",
  ],
  defaults: { ...CERTIFICATE_DEFAULTS, setAuthorityKeyId: false },
  computed: [...CERTIFICATE_OUTPUTS, "keyAlgorithm"],
  secret: ["privateKeyPem"],
  check: termFailures,
  ...renewal,
  async create(inputs) {
    const signer = signingKey(inputs.privateKeyPem ?? "", "privateKeyPem");
    const { publicKey } = signer.pair;
    const subject = nameOf(inputs.subject);
    const names = alternativeNames(inputs);
    const { id, outputs } = await issue(inputs, {
      subject,
      issuer: subject,
      publicKey,
      signer,
      extensions: [
        ...(inputs.setSubjectKeyId || inputs.isCaCertificate
          ? [await x509.SubjectKeyIdentifierExtension.create(publicKey)]
          : []),
        ...(inputs.setAuthorityKeyId ? [await x509.AuthorityKeyIdentifierExtension.create(publicKey)] : []),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names, subject.length === 0)] : []),
      ],
    });
    return { id, outputs: { ...outputs, keyAlgorithm: signer.algorithm } };
  },
};
