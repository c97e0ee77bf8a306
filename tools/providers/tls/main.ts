// The plugin `pulumi-resource-tls`: the resource types in use, under the official names.
import { version } from "@pulumi/tls/package.json";
import { serveProvider } from "../serve-provider";
import { certRequest } from "./cert-request";
import { locallySignedCert } from "./locally-signed-cert";
import { privateKey } from "./private-key";
import { selfSignedCert } from "./self-signed-cert";

serveProvider({
  name: "tls",
  version,
  types: {
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
  },
});
