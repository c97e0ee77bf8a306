// Every generated secret and certificate of a stack, made once and kept in state.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { deriveSecrets, KEY_SOURCES, type KeyMaterial, type KeySource } from "../catalogue/keys";
import {
  DERIVED_SECRETS,
  type DerivedSecretName,
  type DrawnSecretName,
  SECRETS,
  type SecretName,
  type SecretSpec,
} from "../catalogue/secrets";
import type { CertificateRef, ServiceName } from "../catalogue/spec";
import { GIVEN_KEY, type GivenSecretName, NAMESPACE } from "../environment";
import type { Piece } from "../platforms/flatten";

export interface CredentialsArgs {
  /** The services that need a certificate, each with every name it is reached by. */
  readonly certificates: ReadonlyMap<ServiceName, readonly string[]>;
  /** The secrets that a person has set; their values come from the stack's configuration. */
  readonly given: readonly GivenSecretName[];
  /** Deleting a secret by accident is refused. */
  readonly protect: boolean;
}

type Pem = Readonly<Record<CertificateRef["part"], pulumi.Output<string>>>;

const AUTHORITY_HOURS = 10 * 365 * 24;
const CERTIFICATE_HOURS = 365 * 24;
/** Certificates are renewed by the first `up` in their last 30 days. */
const RENEWAL_HOURS = 30 * 24;
/** Five years, as Supabase's own tools have it; the first `up` in the last 90 days makes new ones. */
const TOKEN_HOURS = 5 * 365 * 24;
const TOKEN_RENEWAL_HOURS = 90 * 24;

type Values<Name extends SecretName> = Readonly<Record<Name, pulumi.Output<string>>>;

/** Draws the secrets of the catalogue and issues the certificates of a private CA. */
export class Credentials extends pulumi.ComponentResource {
  /** Secret values by name; given ones only if they are set. */
  readonly secrets: Readonly<Partial<Record<SecretName, pulumi.Output<string>>>>;
  /** PEM of the CA's certificate: what clients must trust. */
  readonly authority: pulumi.Output<string>;
  readonly #pems: ReadonlyMap<CertificateRef["of"], Pem>;

  constructor(name: string, args: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:infra:Credentials", name, {}, opts);
    const drawn = this.#drawSecrets(args);
    this.secrets = { ...drawn, ...this.#deriveSecrets(args, drawn), ...givenSecrets(args) };
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
    if (piece.ref === "secret") {
      const value = this.secrets[piece.name];
      if (value === undefined) throw new Error(`${piece.name}: is not set; plan.ts must refuse it`);
      return value;
    }
    const pem = this.#pems.get(piece.of);
    if (pem === undefined) throw new Error(`${piece.of}: no certificate was asked for`);
    return pem[piece.part];
  }

  #drawSecrets({ protect }: CredentialsArgs): Values<DrawnSecretName> {
    const draw = (name: string, { form, length = 0 }: SecretSpec): pulumi.Output<string> | undefined => {
      const options = { parent: this, protect };
      switch (form) {
        case "password":
          return new random.RandomPassword(`secret-${name}`, { length, special: false }, options).result;
        case "key":
          return new random.RandomBytes(`secret-${name}`, { length }, options).base64;
        case "hex":
          return new random.RandomBytes(`secret-${name}`, { length }, options).hex;
        case "derived":
        case "given":
          return undefined;
      }
    };
    return Object.fromEntries(
      Object.entries(SECRETS).flatMap(([name, spec]) => {
        const value = draw(name, spec);
        return value === undefined ? [] : [[name, value]];
      }),
    ) as Values<DrawnSecretName>;
  }

  #deriveSecrets({ protect }: CredentialsArgs, drawn: Values<DrawnSecretName>): Values<DerivedSecretName> {
    const signing = new tls.PrivateKey(
      "token-key",
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this, protect },
    );
    const saml = new tls.PrivateKey("saml-key", { algorithm: "RSA", rsaBits: 2048 }, { parent: this, protect });
    // Nobody reads this certificate: it is the one resource that keeps a time and is replaced before it ends. A token's
    // lifetime must be in the state, since a clock read at each run would make other tokens each time.
    const lifetime = new tls.SelfSignedCert(
      "token-lifetime",
      {
        privateKeyPem: signing.privateKeyPem,
        subject: { commonName: "lifetime of API tokens", organization: "Groundwork" },
        validityPeriodHours: TOKEN_HOURS,
        earlyRenewalHours: TOKEN_RENEWAL_HOURS,
        allowedUses: ["digital_signature"],
      },
      { parent: this },
    );
    const material: pulumi.Output<KeyMaterial> = pulumi.output({
      sources: Object.fromEntries(KEY_SOURCES.map((name) => [name, drawn[name]])) as Values<KeySource>,
      signingKey: signing.privateKeyPem,
      samlKey: saml.privateKeyPem,
      issuedAt: lifetime.validityStartTime,
      expiresAt: lifetime.validityEndTime,
    });
    const values = material.apply(deriveSecrets);
    return Object.fromEntries(
      DERIVED_SECRETS.map((name) => [name, pulumi.secret(values.apply((all) => all[name]))]),
    ) as Values<DerivedSecretName>;
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

/** What a person gave, as the engine decrypted it. */
function givenSecrets({ given }: CredentialsArgs): Partial<Values<GivenSecretName>> {
  const values = new pulumi.Config(NAMESPACE.replace(/:$/, "")).getSecretObject<Record<string, string>>(GIVEN_KEY);
  return Object.fromEntries(
    given.flatMap((name) => (values === undefined ? [] : [[name, values.apply((all) => all[name] ?? "")]])),
  );
}
