// random and tls under the real engine: made once, replaced when asked, secret in the state, good for OpenSSL.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScratchProject } from "./scratch-project";

const program = ({ keeper = "one", early = 0, dns = "postgres-0" } = {}) => `
const password = new random.RandomPassword("password", { length: 40, special: false, keepers: { version: "${keeper}" } });
const bytes = new random.RandomBytes("bytes", { length: 32 });
const key = (name) => new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" });
const authorityKey = key("authority");
const authority = new tls.SelfSignedCert("authority", {
  privateKeyPem: authorityKey.privateKeyPem, isCaCertificate: true, validityPeriodHours: 87600,
  subject: { commonName: "Groundwork" }, allowedUses: ["cert_signing", "crl_signing"],
});
const serverKey = key("server");
const request = new tls.CertRequest("server", {
  privateKeyPem: serverKey.privateKeyPem, subject: { commonName: "postgres" },
  dnsNames: ["${dns}", "localhost"], ipAddresses: ["127.0.0.1"],
});
const server = new tls.LocallySignedCert("server", {
  certRequestPem: request.certRequestPem, caCertPem: authority.certPem, caPrivateKeyPem: authorityKey.privateKeyPem,
  validityPeriodHours: 2160, earlyRenewalHours: ${early}, allowedUses: ["digital_signature", "server_auth"],
});
module.exports = { password: password.result, hash: password.bcryptHash, bytes: bytes.base64, authority: authority.certPem,
  certificate: server.certPem, key: serverKey.privateKeyPem, pkcs8: serverKey.privateKeyPemPkcs8, serial: server.id };
`;

const project = new ScratchProject();

beforeAll(async () => {
  project.program(program());
  await project.init();
  await project.up();
});

afterAll(() => project.remove());

function openssl(...args: readonly string[]): string {
  return execFileSync("openssl", args, { cwd: project.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

async function writePems(): Promise<void> {
  for (const [name, value] of Object.entries(await project.outputs()))
    writeFileSync(join(project.folder, `${name}.pem`), String(value), { mode: 0o600 });
}

test("a second run changes nothing", async () => {
  await project.must("preview", "--expect-no-changes");
  await project.must("refresh", "--yes", "--expect-no-changes");
});

test("no generated secret lies open in the state or in a preview", async () => {
  const { password, hash, bytes, key, pkcs8 } = await project.outputs();
  const shown = `${project.state()}${await project.must("preview", "--diff", "--show-sames")}`;
  const keyLines = [key, pkcs8].flatMap((pem) =>
    String(pem)
      .split("\n")
      .filter((line) => line.length >= 40),
  );
  for (const secret of [password, hash, bytes, ...keyLines]) expect(shown).not.toContain(secret);
  expect(shown).not.toContain("PRIVATE KEY");
  expect(password).toMatch(/^[A-Za-z0-9]{40}$/);
});

test("OpenSSL accepts chain, names and keys", async () => {
  await writePems();
  const verify = (...name: readonly string[]) =>
    openssl("verify", "-purpose", "sslserver", "-CAfile", "authority.pem", ...name, "certificate.pem");
  expect(verify("-verify_hostname", "postgres-0")).toBe("certificate.pem: OK\n");
  expect(verify("-verify_hostname", "localhost")).toBe("certificate.pem: OK\n");
  expect(verify("-verify_ip", "127.0.0.1")).toBe("certificate.pem: OK\n");
  expect(() => verify("-verify_hostname", "postgres-1")).toThrow("hostname mismatch");
  expect(() => openssl("verify", "-purpose", "sslclient", "-CAfile", "authority.pem", "certificate.pem")).toThrow();
  const publicKey = openssl("x509", "-in", "certificate.pem", "-noout", "-pubkey");
  expect(openssl("pkey", "-in", "key.pem", "-pubout")).toBe(publicKey);
  expect(openssl("pkey", "-in", "pkcs8.pem", "-pubout")).toBe(publicKey);
});

test("a changed keeper replaces the password and nothing else", async () => {
  const before = await project.outputs();
  project.program(program({ keeper: "two" }));
  await project.up();
  const after = await project.outputs();
  expect(after.password).not.toBe(before.password);
  expect({ ...after, password: 0, hash: 0 }).toEqual({ ...before, password: 0, hash: 0 });
});

test("a new name renews the certificate, with the old key and authority", async () => {
  const before = await project.outputs();
  project.program(program({ keeper: "two", dns: "postgres-9" }));
  const preview = await project.must("preview", "--diff");
  expect(preview).toContain('"postgres-0" => "postgres-9"');
  await project.up();
  const after = await project.outputs();
  expect({ ...after, certificate: 0, serial: 0 }).toEqual({ ...before, certificate: 0, serial: 0 });
  await writePems();
  expect(openssl("verify", "-CAfile", "authority.pem", "-verify_hostname", "postgres-9", "certificate.pem")).toContain(
    "OK",
  );
});

test("a certificate within its renewal time is replaced on the next run", async () => {
  const before = await project.outputs();
  project.program(program({ keeper: "two", dns: "postgres-9", early: 2160 }));
  await project.up();
  expect((await project.outputs()).serial).not.toBe(before.serial);
});

test("wrong inputs are told all at once, before anything is made", async () => {
  project.program(`new tls.PrivateKey("odd", { algorithm: "DSA", rsaBits: 12 });`);
  const { code, output } = await project.pulumi("preview");
  expect(code).not.toBe(0);
  expect(output).toContain("must be one of RSA, ECDSA, ED25519, got DSA");
  expect(output).toContain("must be 1024 or more, got 12");
});
