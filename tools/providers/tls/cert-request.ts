// tls.CertRequest: a PKCS#10 request that a CA turns into a certificate.
import { createHash } from "node:crypto";
import type { CertRequestArgs } from "@pulumi/tls";
import type { InputsOf, ResourceType } from "../resource-type";
import { signingKey } from "./keys";
import * as x509 from "./library";
import { alternativeNames, nameOf, pem } from "./x509";

export const certRequest: ResourceType<InputsOf<CertRequestArgs>> = {
  required: ["privateKeyPem"],
  optional: ["dnsNames", "ipAddresses", "subject", "uris"],
  computed: ["certRequestPem", "keyAlgorithm"],
  secret: ["privateKeyPem"],
  async create(inputs) {
    const { algorithm, pair, signature } = signingKey(inputs.privateKeyPem ?? "", "privateKeyPem");
    const names = alternativeNames(inputs);
    const certRequestPem = pem(
      await x509.Pkcs10CertificateRequestGenerator.create({
        name: nameOf(inputs.subject),
        keys: pair,
        signingAlgorithm: signature,
        extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
      }),
    );
    const id = createHash("sha1").update(certRequestPem).digest("hex");
    return { id, outputs: { certRequestPem, keyAlgorithm: algorithm } };
  },
};
