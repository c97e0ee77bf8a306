// Every generated secret and certificate of a stack, made once and kept in state.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { SECRETS, type SecretName, type SecretSpec } from "../catalogue/secrets";
import type { CertificateRef, ServiceName } from "../catalogue/spec";
import type { Piece } from "../platforms/flatten";

export interface CredentialsArgs {
  /** The services that need a certificate, each with every name it is reached by. */
  readonly certificates: ReadonlyMap<ServiceName, readonly string[]>;
  /** Deleting a secret by accident is refused. */
  readonly protect: boolean;
}

type Pem = Readonly<Record<CertificateRef["part"], pulumi.Output<string>>>;

const AUTHORITY_HOURS = 10 * 365 * 24;
const CERTIFICATE_HOURS = 365 * 24;
/** Certificates are renewed by the first `up` in their last 30 days. */
const RENEWAL_HOURS = 30 * 24;

/** Draws the secrets of the catalogue and issues the certificates of a private CA. */
export class Credentials extends pulumi.ComponentResource {
  /** Secret values by name. */
  readonly secrets: Readonly<Record<SecretName, pulumi.Output<string>>>;
  /** PEM of the CA's certificate: what clients must trust. */
  readonly authority: pulumi.Output<string>;
  readonly #pems: ReadonlyMap<CertificateRef["of"], Pem>;

  constructor(name: string, args: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:infra:Credentials", name, {}, opts);
    this.secrets = this.#drawSecrets(args);
    const authority = this.#createAuthority(args);
    this.authority = authority.pem.certificate;
    this.#pems = new Map<CertificateRef["of"], Pem>([
      ["authority", authority.pem],
      ...[...args.certificates].map(([of, names]) => [of, this.#issue(of, names, authority)] as const),
    ]);
    this.registerOutputs({ authority: this.authority });
  }

  /** The value of `pieces`, secret as soon as one of them is. */
  reveal(pieces: readonly Piece[]): pulumi.Input<string> {
    if (pieces.every((piece) => typeof piece === "string")) return pieces.join("");
    return pulumi.concat(...pieces.map((piece) => this.#value(piece)));
  }

  #value(piece: Piece): pulumi.Input<string> {
    if (typeof piece === "string") return piece;
    if (piece.ref === "secret") return this.secrets[piece.name];
    const pem = this.#pems.get(piece.of);
    if (pem === undefined) throw new Error(`${piece.of}: no certificate was asked for`);
    return pem[piece.part];
  }

  #drawSecrets({ protect }: CredentialsArgs): Readonly<Record<SecretName, pulumi.Output<string>>> {
    const draw = (name: string, { form, length = 0 }: SecretSpec): pulumi.Output<string> => {
      const options = { parent: this, protect };
      switch (form) {
        case "password":
          return new random.RandomPassword(`secret-${name}`, { length, special: false }, options).result;
        case "key":
          return new random.RandomBytes(`secret-${name}`, { length }, options).base64;
        case "hex":
          return new random.RandomBytes(`secret-${name}`, { length }, options).hex;
        case "derived":
          return pulumi.secret("");
      }
    };
    return Object.fromEntries(Object.entries(SECRETS).map(([name, spec]) => [name, draw(name, spec)])) as Record<
      SecretName,
      pulumi.Output<string>
    >;
  }

  #createAuthority({ protect }: CredentialsArgs) {
    const key = new tls.PrivateKey(
      "authority-key",
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this, protect },
    );
    const certificate = new tls.SelfSignedCert(
      "authority",
      {
        privateKeyPem: key.privateKeyPem,
        isCaCertificate: true,
        setSubjectKeyId: true,
        subject: { commonName: "Groundwork platform CA", organization: "Groundwork" },
        validityPeriodHours: AUTHORITY_HOURS,
        earlyRenewalHours: RENEWAL_HOURS,
        allowedUses: ["cert_signing", "crl_signing"],
      },
      { parent: this, protect },
    );
    return { pem: { certificate: certificate.certPem, key: key.privateKeyPem }, key };
  }

  #issue(of: ServiceName, names: readonly string[], authority: { pem: Pem; key: tls.PrivateKey }): Pem {
    const key = new tls.PrivateKey(`${of}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent: this });
    const request = new tls.CertRequest(
      `${of}-request`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: of, organization: "Groundwork" },
        dnsNames: [...names],
        ipAddresses: ["127.0.0.1", "::1"],
      },
      { parent: this },
    );
    const certificate = new tls.LocallySignedCert(
      of,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: authority.key.privateKeyPem,
        caCertPem: authority.pem.certificate,
        validityPeriodHours: CERTIFICATE_HOURS,
        earlyRenewalHours: RENEWAL_HOURS,
        allowedUses: ["digital_signature", "key_encipherment", "server_auth", "client_auth"],
      },
      { parent: this },
    );
    return { certificate: certificate.certPem, key: key.privateKeyPemPkcs8 };
  }
}
