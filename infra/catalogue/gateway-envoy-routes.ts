// The gateway's table of routes as Envoy's virtual hosts: one entry per row, in the same order.
import { bytes, seconds } from "../lib/units";
import type { ConfigValue } from "./config-text";
import type { GatewayInput } from "./gateway";
import { allowOrigins, askPassword, atMost, COUNTED, FILTERS, guard, verifyToken } from "./gateway-envoy-filters";
import { CORS, CORS_ANSWERS, GATEWAY_ROUTES, type GatewayRoute, needsKey } from "./gateway-routes";

/** Studio by its own name; the API by any other, since services inside reach it as they please. */
export function virtualHosts(input: GatewayInput): readonly ConfigValue[] {
  const host = `studio.${input.domain}`;
  return [
    virtualHost("studio", [host, `${host}:*`], input),
    // What answers nobody else, last.
    virtualHost("api", ["*"], input),
  ];
}

function virtualHost(host: GatewayRoute["host"], domains: readonly string[], input: GatewayInput): ConfigValue {
  const rows = GATEWAY_ROUTES.filter((route) => route.host === host);
  return {
    name: host,
    domains,
    routes: rows.flatMap((route) => entries(route, input)),
    // Whatever services say of origins: the gateway's list alone decides.
    response_headers_to_remove: [...CORS_ANSWERS, "server", "x-powered-by"],
  };
}

/** Without a service behind it, a row says so; a file that is too large is refused before any of it is read. */
function entries(route: GatewayRoute, input: GatewayInput): readonly ConfigValue[] {
  const { name, to, access } = route;
  const common = { name, typed_per_filter_config: filters(route, input) };
  const here = match(route);
  if (to === undefined || access === "blocked")
    return [{ ...common, match: here, ...answer(403, "nobody may ask for this") }];
  if (!input.present.includes(to.service))
    return [{ ...common, match: here, ...metadata(route), ...answer(503, `${to.service} is not part of this stack`) }];
  const entry = { ...common, match: here, ...metadata(route), ...headers(route), route: action(route) };
  if (route.body !== "upload") return [entry];
  const tooLarge = {
    name: "content-length",
    range_match: { start: 0, end: String(bytes(input.fileSize) + 1) },
    invert_match: true,
  };
  return [{ ...common, match: { ...here, headers: [tooLarge] }, ...answer(413, "the file is too large") }, entry];
}

function match({ path, match: form }: GatewayRoute): { readonly [key: string]: ConfigValue } {
  return form === "exact" ? { path } : { prefix: path };
}

function answer(status: number, reason: string): { readonly [key: string]: ConfigValue } {
  return { direct_response: { status, body: { inline_string: reason } } };
}

function action({ to, timeout, websocket, hostHeader }: GatewayRoute): ConfigValue {
  return {
    cluster: to?.service ?? "",
    prefix_rewrite: to?.path ?? "/",
    timeout: websocket ? "0s" : `${seconds(timeout)}s`,
    ...(hostHeader !== undefined && { host_rewrite_literal: hostHeader }),
    ...(websocket && { upgrade_configs: [{ upgrade_type: "websocket" }] }),
    // Only what never reached the service is tried again.
    retry_policy: { retry_on: "connect-failure,refused-stream", num_retries: 2 },
  };
}

/** What the code that checks keys, and the limits, want to know of a row. */
function metadata({ access, translate, costly, to }: GatewayRoute): { readonly [key: string]: ConfigValue } {
  const about = {
    ...(needsKey(access) && { access }),
    ...(translate && { translate }),
    ...(costly && { costly: COUNTED }),
    ...(to?.service === "storage" && { files: COUNTED }),
  };
  return Object.keys(about).length === 0 ? {} : { metadata: { filter_metadata: { [FILTERS.keys]: about } } };
}

function headers({ setHeaders, removeHeaders }: GatewayRoute): { readonly [key: string]: ConfigValue } {
  const set = Object.entries(setHeaders).map(([key, value]) => ({
    header: { key, value },
    append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
  }));
  return {
    ...(set.length > 0 && { request_headers_to_add: set }),
    ...(removeHeaders.length > 0 && { request_headers_to_remove: removeHeaders }),
  };
}

function filters(route: GatewayRoute, { origins }: GatewayInput): ConfigValue {
  const { access, cors, verify, body, websocket } = route;
  return {
    ...(cors && {
      [FILTERS.cors]: allowOrigins(origins, {
        allow_methods: CORS.methods.join(", "),
        allow_headers: CORS.requestHeaders.join(", "),
        expose_headers: CORS.responseHeaders.join(", "),
        max_age: String(CORS.seconds),
        allow_credentials: true,
      }),
    }),
    ...(access === "password" && { [FILTERS.password]: askPassword() }),
    ...(needsKey(access) && { [FILTERS.guard]: guard(access) }),
    ...(verify && { [FILTERS.tokens]: verifyToken() }),
    // A file goes through as it comes, and a WebSocket has no end to wait for.
    ...(body !== "upload" && !websocket && access !== "blocked" && { [FILTERS.size]: atMost(bytes(body)) }),
  };
}
