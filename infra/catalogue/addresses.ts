// How services reach Postgres and each other: addresses that several of them need, written once.

import type { SecretName } from "./secrets";
import { certificate, endpoint, file, secret, type Text, text } from "./spec";

/** The file that holds our authority's certificate; who connects with TLS delivers it. */
export const AUTHORITY_FILE = { "authority.pem": certificate("authority", "certificate") } as const;
/** The database that holds the application. */
export const DATABASE = "postgres";

/** The primary's address, for programs that take it in parts. */
export const PRIMARY = {
  host: endpoint("postgres", "primary", "host"),
  port: endpoint("postgres", "primary", "port"),
} as const;

/**
 * A libpq URL of the primary, verified against our authority (`AUTHORITY_FILE`). Direct, for programs that migrate, listen or
 * set parameters of their session; passwords are letters and digits, so nothing needs escaping.
 */
export function primaryUrl(role: string, password: SecretName): Text {
  const tls = text`sslmode=verify-full&sslrootcert=${file("authority.pem")}`;
  return text`postgres://${role}:${secret(password)}@${endpoint("postgres", "primary")}/${DATABASE}?${tls}`;
}

/** Where the outside reaches `host`, e.g. `https://api.example.org`. */
export function publicUrl(host: string, { domain, httpsPort }: { domain: string; httpsPort: number }): string {
  return `https://${host}.${domain}${httpsPort === 443 ? "" : `:${httpsPort}`}`;
}
