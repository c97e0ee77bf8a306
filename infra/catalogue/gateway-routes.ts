// The gateway's one table of routes, as data: who may ask for what, and where it goes. Envoy and Kong are rendered from it.
// The first row that matches decides. Contract: that of Supabase's self-hosted v0.8.1. Long because it is one table.
import type { Duration, Size } from "../lib/units";
import { REALTIME_HOST } from "./realtime";
import type { ServiceName } from "./spec";

/**
 * Who gets through: everyone; holders of an API key in the header `apikey` (`socket-key`: in the query, since browsers set
 * no headers on WebSockets); holders of a service key; who knows the dashboard's password; nobody.
 */
export type Access = "open" | "key" | "socket-key" | "service-key" | "password" | "blocked";

/** One row. */
export interface GatewayRoute {
  /** Its name in logs and metrics, which show no path. */
  readonly name: string;
  /** The host name it belongs to, `<host>.<domain>`; services inside reach `api` under any name. */
  readonly host: "api" | "studio";
  readonly path: string;
  /** Whether `path` is the whole path or its beginning. */
  readonly match: "exact" | "prefix";
  readonly access: Access;
  /** The service, and what replaces `path`. Nothing stands behind a blocked route. */
  readonly to?: { readonly service: UpstreamName; readonly path: string };
  /** The header that carries a key on, in the form that services verify. */
  readonly translate?: "authorization" | "x-api-key";
  /** Refuses a bearer token that is not ours, has expired, or was issued for another audience. */
  readonly verify: boolean;
  /** Requests of browsers are answered by the list of origins. */
  readonly cors: boolean;
  readonly websocket: boolean;
  /** From the end of the request to the end of the answer. */
  readonly timeout: Duration;
  /** The largest request; `upload` is the stack's largest file. */
  readonly body: Size | "upload";
  /** Counted by the limit of costly operations too. */
  readonly costly: boolean;
  readonly setHeaders: Readonly<Record<string, string>>;
  readonly removeHeaders: readonly string[];
  /** What the service gets as `Host`. @default - its own address */
  readonly hostHeader?: string;
}

/** Whether only holders of some API key get through. */
export const needsKey = (access: Access): boolean => access.endsWith("key");

type Row = Pick<GatewayRoute, "name" | "path" | "access"> & Partial<GatewayRoute>;

function row(given: Row): GatewayRoute {
  return {
    host: "api",
    match: "prefix",
    verify: given.translate !== undefined && given.access !== "socket-key",
    cors: true,
    websocket: false,
    timeout: "30 seconds",
    body: "1 MiB",
    costly: false,
    setHeaders: {},
    removeHeaders: [],
    ...given,
  };
}

const open = (name: string, service: UpstreamName, path: string, to: string): GatewayRoute =>
  row({ name, path, match: "exact", access: "open", to: { service, path: to } });
const blocked = (name: string, path: string): GatewayRoute => row({ name, path, access: "blocked" });

const STORAGE = {
  access: "open",
  translate: "authorization",
  timeout: "5 minutes",
  body: "upload",
  setHeaders: { "X-Forwarded-Prefix": "/storage/v1" },
} as const;
/** Storage's own routes besides files: figures, and the administration of tenants. */
const STORAGE_INTERNAL = ["metrics", "status", "documentation", "tenants", "migrations", "queue", "debug"];
const AUTH_OPEN = [
  "verify",
  "callback",
  "authorize",
  "sso/saml/acs",
  "sso/saml/metadata",
  ".well-known/jwks.json",
] as const;

/** RFC 8414. */
const OAUTH_SERVER = "/.well-known/oauth-authorization-server";

export const GATEWAY_ROUTES: readonly GatewayRoute[] = [
  ...AUTH_OPEN.map((path) => open(`auth-${path}`, "auth", `/auth/v1/${path}`, `/${path}`)),
  open("oauth-server", "auth", OAUTH_SERVER, OAUTH_SERVER),
  row({
    name: "auth",
    path: "/auth/v1/",
    access: "key",
    to: { service: "auth", path: "/" },
    translate: "authorization",
  }),

  // The root describes every table; only servers may read it.
  row({
    name: "rest-root",
    path: "/rest/v1/",
    match: "exact",
    access: "service-key",
    to: { service: "rest", path: "/" },
    translate: "authorization",
  }),
  row({
    name: "rest-rpc",
    path: "/rest/v1/rpc/",
    access: "key",
    to: { service: "rest", path: "/rpc/" },
    translate: "authorization",
    costly: true,
    body: "10 MiB",
  }),
  row({
    name: "rest",
    path: "/rest/v1/",
    access: "key",
    to: { service: "rest", path: "/" },
    translate: "authorization",
    body: "10 MiB",
  }),
  row({
    name: "graphql",
    path: "/graphql/v1",
    match: "exact",
    access: "key",
    to: { service: "rest", path: "/rpc/graphql" },
    translate: "authorization",
    costly: true,
    setHeaders: { "Content-Profile": "graphql_public" },
  }),

  blocked("realtime-openapi", "/realtime/v1/api/openapi"),
  blocked("realtime-tenants", "/realtime/v1/api/tenants"),
  row({
    name: "realtime-api",
    path: "/realtime/v1/api",
    access: "key",
    to: { service: "realtime", path: "/api" },
    translate: "authorization",
    hostHeader: REALTIME_HOST,
  }),
  row({
    name: "realtime",
    path: "/realtime/v1/",
    access: "socket-key",
    to: { service: "realtime", path: "/socket/" },
    translate: "x-api-key",
    websocket: true,
    hostHeader: REALTIME_HOST,
  }),

  ...STORAGE_INTERNAL.map((path) => blocked(`storage-${path}`, `/storage/v1/${path}`)),
  row({
    ...STORAGE,
    name: "storage-render",
    path: "/storage/v1/render/",
    to: { service: "storage", path: "/render/" },
    costly: true,
  }),
  row({ ...STORAGE, name: "storage", path: "/storage/v1/", to: { service: "storage", path: "/" } }),

  blocked("functions-internal", "/functions/v1/_internal"),
  row({
    name: "functions",
    path: "/functions/v1/",
    access: "open",
    to: { service: "functions", path: "/" },
    timeout: "150 seconds",
    body: "10 MiB",
  }),

  row({
    name: "meta",
    path: "/pg/",
    access: "service-key",
    to: { service: "meta", path: "/" },
    body: "3 MiB",
    cors: false,
  }),

  // Model context protocol: full rights over the database without a sign-in.
  ...(["api", "studio"] as const).flatMap((host) =>
    ["/api/mcp", "/mcp"].map((path) => ({ ...blocked(`${host}-mcp${path === "/mcp" ? "-short" : ""}`, path), host })),
  ),
  row({
    name: "studio",
    host: "studio",
    path: "/",
    access: "password",
    to: { service: "studio", path: "/" },
    cors: false,
    body: "10 MiB",
    removeHeaders: ["authorization"],
  }),
];

/** What the gateway knows of a service behind it: its port, and a path that answers 2xx while it serves. */
export interface Upstream {
  readonly port: string;
  /** @default - a connection is enough */
  readonly health?: string;
}

export const UPSTREAMS = {
  auth: { port: "http", health: "/health" },
  rest: { port: "http" },
  realtime: { port: "http" },
  storage: { port: "http", health: "/status" },
  functions: { port: "http" },
  meta: { port: "http", health: "/health" },
  studio: { port: "http" },
} as const satisfies Partial<Record<ServiceName, Upstream>>;
export type UpstreamName = keyof typeof UPSTREAMS;

/** What browsers may send and read across origins: what Supabase's clients and resumable uploads use. */
export const CORS = {
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  requestHeaders: [
    "accept",
    "accept-profile",
    "apikey",
    "authorization",
    "cache-control",
    "content-profile",
    "content-type",
    "if-match",
    "if-none-match",
    "prefer",
    "range",
    "tus-resumable",
    "upload-length",
    "upload-metadata",
    "upload-offset",
    "x-client-info",
    "x-region",
    "x-retry-count",
    "x-supabase-api-version",
    "x-upsert",
  ],
  responseHeaders: [
    "content-location",
    "content-profile",
    "content-range",
    "etag",
    "location",
    "tus-resumable",
    "upload-length",
    "upload-offset",
    "x-request-id",
  ],
  seconds: 3600,
} as const;

/** What services say of origins, which the gateway alone decides. */
export const CORS_ANSWERS = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-expose-headers",
] as const;

/** The keys that callers may hold: as whom each gets in, and the token that services are given for the opaque ones. */
export const GATEWAY_KEYS = [
  { client: "anon", key: "anon-key", service: false },
  { client: "publishable", key: "publishable-key", service: false, token: "anon-key-asymmetric" },
  { client: "service", key: "service-role-key", service: true },
  { client: "secret", key: "secret-key", service: true, token: "service-role-key-asymmetric" },
] as const;
