// postgres-meta's sign-in: verified TLS, secrets in files, never the published key.
import { expect, test } from "vitest";
import { meta } from "./meta";
import { certificate, endpoint, file, secret } from "./spec";

const { args, env, files, ports } = meta({ copies: 1 });

test("it verifies the server it signs in to, against our authority alone", () => {
  expect(env).toMatchObject({
    PG_META_DB_SSL_MODE: "verify-full",
    PG_META_DB_HOST: endpoint("postgres", "primary", "host"),
  });
  expect(args.at(-1)).toEqual([
    'PG_META_DB_SSL_ROOT_CERT="$(cat ',
    file("authority.pem"),
    ')" exec node dist/server/server.js',
  ]);
  expect(files["authority.pem"]).toEqual(certificate("authority", "certificate"));
});

test("password and key come from files: without the key, a published one would do", () => {
  expect(env).toMatchObject({
    PG_META_DB_PASSWORD_FILE: file("postgres-password"),
    CRYPTO_KEY_FILE: file("crypto-key"),
  });
  expect(files).toMatchObject({
    "postgres-password": secret("postgres-dashboard"),
    "crypto-key": secret("meta-crypto-key"),
  });
});

test("metrics are where it puts them: at the port above", () => {
  expect(ports.metrics).toBe((ports.http ?? 0) + 1);
});
