// What every gateway must answer, as data: a running Envoy is asked each question, and so is the rendered Kong file.
// Long because it is one table.
import type { UpstreamName } from "./gateway-routes";
import { secret, type Text, text } from "./spec";

/** Tokens that people come with: a good one, and every way in which one can be wrong. */
export type TokenName = "user" | "expired" | "other-issuer" | "other-audience" | "forged";

/** One question, and what must come back. */
export interface GatewayCase {
  readonly name: string;
  /** @default "api" */
  readonly host?: "api" | "studio";
  /** @default "GET" */
  readonly method?: string;
  readonly path: string;
  /** @default {} */
  readonly headers?: Readonly<Record<string, Text>>;
  /** A token sent as `Authorization: Bearer …`. */
  readonly token?: TokenName;
  /** Bytes of the request's body. @default - none */
  readonly body?: number;
  /** Says so in `Content-Length` without sending them. @default - what is sent */
  readonly declared?: number;
  readonly status: number;
  /** Who must have been asked, and for what path. @default - nobody may have been asked */
  readonly reaches?: UpstreamName;
  readonly as?: string;
  /** Headers that the service must have got; null: must not have got. */
  readonly gets?: Readonly<Record<string, Text | null>>;
  /** Headers of the answer; null: must not be there. */
  readonly answers?: Readonly<Record<string, string | null>>;
  /** Only this gateway does it; ARCHITECTURE.md says why. @default - both */
  readonly only?: "envoy";
}

const apikey = (name: "anon-key" | "service-role-key" | "publishable-key" | "secret-key") => ({ apikey: secret(name) });
const bearer = (name: Parameters<typeof secret>[0]) => ({ authorization: text`Bearer ${secret(name)}` });
/** The dashboard's password wherever this contract is tested. */
export const DASHBOARD_PASSWORD = "0123456789abcdef0123456789abcdef";
const MIB = 2 ** 20;

/** An origin on the list, and one that is not. */
export const ORIGINS = { listed: "https://app.example.org", other: "https://evil.example.net" } as const;

export const GATEWAY_CONTRACT: readonly GatewayCase[] = [
  // Keys.
  { name: "no key", path: "/rest/v1/todos", status: 401 },
  { name: "a wrong key", path: "/rest/v1/todos", headers: { apikey: "wrong" }, status: 401 },
  { name: "an empty key", path: "/rest/v1/todos", headers: { apikey: "" }, status: 401 },
  { name: "a key as token alone", path: "/rest/v1/todos", headers: bearer("service-role-key"), status: 401 },
  { name: "a key in the query of a plain request", path: "/rest/v1/todos?apikey=anon-key", status: 401 },
  ...(["anon-key", "service-role-key", "publishable-key", "secret-key"] as const).map(
    (key): GatewayCase => ({
      name: `${key} reads tables`,
      path: "/rest/v1/todos?select=id",
      headers: apikey(key),
      status: 200,
      reaches: "rest",
      as: "/todos?select=id",
    }),
  ),
  { name: "the root with an anon key", path: "/rest/v1/", headers: apikey("anon-key"), status: 403 },
  { name: "the root with a publishable key", path: "/rest/v1/", headers: apikey("publishable-key"), status: 403 },
  { name: "the root behind two slashes", path: "/rest/v1//", headers: apikey("anon-key"), status: 403 },
  {
    name: "the root with a service key",
    path: "/rest/v1/",
    headers: apikey("service-role-key"),
    status: 200,
    reaches: "rest",
    as: "/",
  },
  { name: "structure with an anon key", path: "/pg/tables", headers: apikey("anon-key"), status: 403 },
  { name: "structure with a publishable key", path: "/pg/tables", headers: apikey("publishable-key"), status: 403 },
  { name: "structure without a key", path: "/pg/tables", status: 401 },
  {
    name: "structure with a secret key",
    path: "/pg/tables",
    headers: apikey("secret-key"),
    status: 200,
    reaches: "meta",
    as: "/tables",
  },

  // Translation.
  {
    name: "a secret key becomes a token of the service role",
    path: "/rest/v1/todos",
    headers: apikey("secret-key"),
    status: 200,
    reaches: "rest",
    gets: bearer("service-role-key-asymmetric"),
  },
  {
    name: "a publishable key becomes a token of role anon",
    path: "/rest/v1/todos",
    headers: apikey("publishable-key"),
    status: 200,
    reaches: "rest",
    gets: bearer("anon-key-asymmetric"),
  },
  {
    name: "an opaque key as token is no token",
    path: "/rest/v1/todos",
    headers: { ...apikey("publishable-key"), ...bearer("publishable-key") },
    status: 200,
    reaches: "rest",
    gets: bearer("anon-key-asymmetric"),
  },
  {
    name: "a key that is a token is carried on as it is",
    path: "/rest/v1/todos",
    headers: apikey("anon-key"),
    status: 200,
    reaches: "rest",
    gets: { authorization: secret("anon-key") },
  },
  {
    name: "a token that came along stays",
    path: "/rest/v1/todos",
    headers: { ...apikey("secret-key"), ...bearer("anon-key") },
    status: 200,
    reaches: "rest",
    gets: bearer("anon-key"),
  },
  {
    name: "GraphQL asks the database for its own schema",
    method: "POST",
    path: "/graphql/v1",
    headers: apikey("publishable-key"),
    status: 200,
    reaches: "rest",
    as: "/rpc/graphql",
    gets: { "content-profile": "graphql_public", ...bearer("anon-key-asymmetric") },
  },

  // Tokens.
  {
    name: "a user's token",
    path: "/rest/v1/todos",
    headers: apikey("publishable-key"),
    token: "user",
    status: 200,
    reaches: "rest",
  },
  ...(["expired", "other-issuer", "other-audience", "forged"] as const).map(
    (token): GatewayCase => ({
      name: `a token that is ${token}`,
      path: "/rest/v1/todos",
      headers: apikey("publishable-key"),
      token,
      status: token === "other-audience" ? 403 : 401,
      only: "envoy",
    }),
  ),
  { name: "a forged token for files", path: "/storage/v1/object/a/b", token: "forged", status: 401, only: "envoy" },

  // Auth.
  ...(["verify", "callback", "authorize", "sso/saml/acs", "sso/saml/metadata", ".well-known/jwks.json"] as const).map(
    (path): GatewayCase => ({
      name: `${path} is open`,
      path: `/auth/v1/${path}?token=1`,
      status: 200,
      reaches: "auth",
      as: `/${path}?token=1`,
    }),
  ),
  {
    name: "the description of the OAuth server is open",
    path: "/.well-known/oauth-authorization-server",
    status: 200,
    reaches: "auth",
    as: "/.well-known/oauth-authorization-server",
  },
  { name: "sign-in without a key", method: "POST", path: "/auth/v1/token?grant_type=password", status: 401 },
  {
    name: "sign-in with a key",
    method: "POST",
    path: "/auth/v1/token?grant_type=password",
    headers: apikey("anon-key"),
    body: 100,
    status: 200,
    reaches: "auth",
    as: "/token?grant_type=password",
  },
  {
    name: "more than Auth takes",
    method: "POST",
    path: "/auth/v1/token",
    headers: apikey("anon-key"),
    body: MIB + 1,
    status: 413,
  },

  // Realtime.
  ...["openapi", "openapi.json", "tenants", "tenants/realtime-dev", "tenants/realtime-dev/health"].map(
    (path): GatewayCase => ({
      name: `Realtime's ${path}`,
      path: `/realtime/v1/api/${path}`,
      headers: apikey("service-role-key"),
      status: 403,
    }),
  ),
  {
    name: "Realtime knows its tenant by the host",
    method: "POST",
    path: "/realtime/v1/api/broadcast",
    headers: apikey("secret-key"),
    status: 200,
    reaches: "realtime",
    as: "/api/broadcast",
    gets: { host: "realtime-dev.supabase-realtime", ...bearer("service-role-key-asymmetric") },
  },
  { name: "a socket without a key", path: "/realtime/v1/websocket?vsn=1.0.0", status: 401 },
  {
    name: "a socket with its key in a header",
    path: "/realtime/v1/websocket",
    headers: apikey("anon-key"),
    status: 401,
  },

  // Storage.
  {
    name: "files need no key: the service decides",
    path: "/storage/v1/object/public/avatars/a.png",
    status: 200,
    reaches: "storage",
    as: "/object/public/avatars/a.png",
    gets: { "x-forwarded-prefix": "/storage/v1", authorization: null },
  },
  {
    name: "an empty authorization is taken away",
    path: "/storage/v1/object/sign/a/b?X-Amz-Signature=1",
    headers: { authorization: "" },
    status: 200,
    reaches: "storage",
    gets: { authorization: null },
  },
  {
    name: "an S3 signature stays as it is",
    method: "PUT",
    path: "/storage/v1/s3/bucket/key",
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c" },
    body: 10,
    status: 200,
    reaches: "storage",
    as: "/s3/bucket/key",
    gets: { authorization: "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c" },
  },
  {
    name: "a key for files is translated",
    path: "/storage/v1/object/a/b",
    headers: { ...apikey("secret-key"), ...bearer("secret-key") },
    status: 200,
    reaches: "storage",
    gets: bearer("service-role-key-asymmetric"),
  },
  ...["metrics", "status", "tenants", "tenants/a", "migrations/x", "queue/x", "documentation/json", "debug/x"].map(
    (path): GatewayCase => ({
      name: `Storage's ${path}`,
      path: `/storage/v1/${path}`,
      headers: apikey("service-role-key"),
      status: 403,
    }),
  ),
  {
    name: "a file of just the right size",
    method: "POST",
    path: "/storage/v1/object/a/b",
    body: MIB,
    status: 200,
    reaches: "storage",
  },
  {
    name: "a file that says it is too large",
    method: "POST",
    path: "/storage/v1/object/a/b",
    declared: 50 * MIB + 1,
    status: 413,
  },

  // Functions, Studio.
  {
    name: "functions decide for themselves",
    method: "POST",
    path: "/functions/v1/hello?x=1",
    headers: { authorization: "Bearer whatever-the-function-wants" },
    body: 10,
    status: 200,
    reaches: "functions",
    as: "/hello?x=1",
    gets: { authorization: "Bearer whatever-the-function-wants" },
  },
  { name: "the runtime's own paths", path: "/functions/v1/_internal/metric", status: 403 },
  { name: "Studio without a password", host: "studio", path: "/project/default", status: 401 },
  {
    name: "Studio with a wrong password",
    host: "studio",
    path: "/",
    headers: { authorization: basic("supabase:wrong") },
    status: 401,
  },
  {
    name: "Studio never sees the password",
    host: "studio",
    path: "/project/default",
    headers: { authorization: basic(`supabase:${DASHBOARD_PASSWORD}`) },
    status: 200,
    reaches: "studio",
    as: "/project/default",
    gets: { authorization: null },
  },
  ...(["api", "studio"] as const).flatMap((host) =>
    ["/mcp", "/api/mcp", "/api/mcp/x"].map(
      (path): GatewayCase => ({
        name: `${path} at ${host}`,
        host,
        path,
        headers: { ...apikey("service-role-key"), authorization: basic(`supabase:${DASHBOARD_PASSWORD}`) },
        status: 403,
      }),
    ),
  ),
  { name: "Studio has no place at the API's host", path: "/project/default", status: 404 },

  // Origins.
  {
    name: "a preflight of a listed origin",
    method: "OPTIONS",
    path: "/rest/v1/todos",
    headers: { origin: ORIGINS.listed, "access-control-request-method": "POST" },
    status: 200,
    answers: { "access-control-allow-origin": ORIGINS.listed, "access-control-allow-credentials": "true" },
  },
  {
    name: "a preflight of another origin",
    method: "OPTIONS",
    path: "/rest/v1/todos",
    headers: { origin: ORIGINS.other, "access-control-request-method": "POST" },
    status: 401,
    answers: { "access-control-allow-origin": null },
    only: "envoy",
  },
  {
    name: "an answer to a listed origin",
    path: "/rest/v1/todos",
    headers: { origin: ORIGINS.listed, ...apikey("anon-key") },
    status: 200,
    reaches: "rest",
    answers: { "access-control-allow-origin": ORIGINS.listed },
  },
  {
    name: "an answer to another origin, whatever the service says",
    path: "/functions/v1/hello",
    headers: { origin: ORIGINS.other },
    status: 200,
    reaches: "functions",
    answers: { "access-control-allow-origin": null },
    only: "envoy",
  },
  {
    name: "structure is for servers, not for pages",
    path: "/pg/tables",
    headers: { origin: ORIGINS.listed, ...apikey("service-role-key") },
    status: 200,
    reaches: "meta",
    answers: { "access-control-allow-origin": null },
  },

  // Form.
  {
    name: "an escaped slash",
    path: "/realtime/v1/api%2Ftenants",
    headers: apikey("service-role-key"),
    status: 400,
  },
  {
    name: "a header with an underscore",
    path: "/rest/v1/todos",
    headers: { ...apikey("anon-key"), x_role: "admin" },
    status: 400,
    only: "envoy",
  },
  {
    name: "dots lead nowhere else",
    path: "/storage/v1/object/../metrics",
    status: 403,
  },
  {
    name: "a blocked path in escaped letters",
    path: "/storage/v1/%6detrics",
    status: 403,
  },
  { name: "nothing", path: "/", status: 404 },
  { name: "a path of nobody", path: "/admin", headers: apikey("service-role-key"), status: 404 },
];

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
