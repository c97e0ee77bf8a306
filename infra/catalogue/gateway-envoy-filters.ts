// The filters of the gateway's Envoy: origins, keys, their translation, tokens, limits, sizes. Routes switch them on.
import { seconds } from "../lib/units";
import type { ConfigValue } from "./config-text";
import type { GatewayInput } from "./gateway";
import { GATEWAY_KEYS, type GatewayRoute } from "./gateway-routes";
import type { Limit } from "./limits";
import { file, joinText, secret, type Text, text } from "./spec";

/** A message of Envoy's API. */
export function typed(type: string, fields: { readonly [key: string]: ConfigValue } = {}): ConfigValue {
  return { "@type": `type.googleapis.com/${type}`, ...fields };
}

const HTTP = "envoy.extensions.filters.http";
/** The names under which routes configure filters. */
export const FILTERS = {
  cors: "envoy.filters.http.cors",
  password: "envoy.filters.http.basic_auth",
  keys: "envoy.filters.http.lua",
  guard: "envoy.filters.http.rbac",
  tokens: "envoy.filters.http.jwt_authn",
  limits: "envoy.filters.http.local_ratelimit",
  size: "envoy.filters.http.buffer",
} as const;

/** The delivered file with the keys and the code that checks them. */
export const KEYS_FILE = "keys.lua";
/** Where that code writes down whose key it found. */
const OWN = "groundwork";
/** What marks a request in metadata; a word that no reader of YAML takes for true. */
export const COUNTED = "counted";
/** The name of the requirement that a route's tokens meet. */
const OURS = "ours";
/** Users whose requests are counted at a time; the one not seen for longest is forgotten. */
const COUNTED_USERS = 100_000;

/** All filters in the order of a request. Those that are `disabled` pass whoever's route does not ask for them. */
export function httpFilters(input: GatewayInput): readonly ConfigValue[] {
  return [
    { name: FILTERS.cors, typed_config: typed(`${HTTP}.cors.v3.Cors`) },
    { name: FILTERS.password, disabled: true, typed_config: typed(`${HTTP}.basic_auth.v3.BasicAuth`, HTPASSWD) },
    {
      name: FILTERS.keys,
      typed_config: typed(`${HTTP}.lua.v3.Lua`, { default_source_code: { filename: file(KEYS_FILE) } }),
    },
    { name: FILTERS.guard, disabled: true, typed_config: typed(`${HTTP}.rbac.v3.RBAC`) },
    { name: FILTERS.tokens, typed_config: typed(`${HTTP}.jwt_authn.v3.JwtAuthentication`, tokens(input)) },
    { name: FILTERS.limits, typed_config: typed(`${HTTP}.local_ratelimit.v3.LocalRateLimit`, limits(input)) },
    {
      name: FILTERS.size,
      disabled: true,
      typed_config: typed(`${HTTP}.buffer.v3.Buffer`, { max_request_bytes: 1 }),
    },
    router(),
  ];
}

/** The last filter. */
export function router(): ConfigValue {
  return {
    name: "envoy.filters.http.router",
    typed_config: typed("envoy.extensions.filters.http.router.v3.Router", { suppress_envoy_headers: true }),
  };
}

const HTPASSWD = { users: { filename: file("htpasswd") } } as const;

/** Asks for the dashboard's password. */
export const askPassword = (): ConfigValue => typed(`${HTTP}.basic_auth.v3.BasicAuthPerRoute`, HTPASSWD);

/** Lets nobody through whom the code did not let through: were it to fail, requests would go on. */
export function guard(access: GatewayRoute["access"]): ConfigValue {
  const kinds = access === "service-key" ? ["service"] : ["service", "anon"];
  const principals = kinds.map((exact) => ({
    sourced_metadata: {
      metadata_matcher: { filter: OWN, path: [{ key: "key" }], value: { string_match: { exact } } },
    },
  }));
  const rules = { action: "ALLOW", policies: { keys: { permissions: [{ any: true }], principals } } };
  return typed(`${HTTP}.rbac.v3.RBACPerRoute`, { rbac: { rules } });
}

/** Verifies a bearer token, where there is one. */
export const verifyToken = (): ConfigValue => typed(`${HTTP}.jwt_authn.v3.PerRouteConfig`, { requirement_name: OURS });

/** Holds a request back until it is whole, and refuses it when it grows larger. */
export const atMost = (size: number): ConfigValue =>
  typed(`${HTTP}.buffer.v3.BufferPerRoute`, { buffer: { max_request_bytes: size } });

/** Whose pages may read the answers. */
export const allowOrigins = (
  origins: readonly string[],
  fields: { readonly [key: string]: ConfigValue },
): ConfigValue =>
  typed(`${HTTP}.cors.v3.CorsPolicy`, {
    allow_origin_string_match: origins.map((exact) => ({ exact })),
    ...fields,
  });

/**
 * The code that checks keys, and carries them on in the form that services verify. It is delivered apart, so that the
 * configuration itself, which Envoy repeats when it finds an error in it, holds no key. A token that came along stays,
 * unless it is an opaque key; an empty one would be taken for a wrong signature by Storage.
 */
export function keysCode(): Text {
  const kinds = GATEWAY_KEYS.map(({ key, service }) => text`["${secret(key)}"] = "${service ? "service" : "anon"}",\n`);
  const tokens = GATEWAY_KEYS.flatMap((key) =>
    "token" in key ? [text`["${secret(key.key)}"] = "${secret(key.token)}",\n`] : [],
  );
  return joinText([
    "local kinds = {\n",
    ...kinds,
    "}\nlocal tokens = {\n",
    ...tokens,
    `}
function envoy_on_request(handle)
  local headers, route = handle:headers(), handle:metadata()
  local access, into = route:get("access"), route:get("translate")
  local key = headers:get("apikey") or ""
  if access == "socket-key" then key = headers:get(":path"):match("[?&]apikey=([^&#]*)") or "" end
  local kind = kinds[key]
  local own = handle:streamInfo():dynamicMetadata()
  if kind then own:set("${OWN}", "key", kind) end
  if kind ~= "service" then own:set("${OWN}", "${COUNTED}", "${COUNTED}") end
  if access and not kind then
    return handle:respond({ [":status"] = "401" }, key == "" and "no API key" or "the API key is not known")
  end
  if access == "service-key" and kind ~= "service" then
    return handle:respond({ [":status"] = "403" }, "this needs a service key")
  end
  if into == "authorization" then
    local given = headers:get("authorization")
    if given and given ~= "" and given:sub(1, 10) ~= "Bearer sb_" then return end
    if key ~= "" then
      headers:replace("authorization", tokens[key] and ("Bearer " .. tokens[key]) or key)
    else
      headers:remove("authorization")
    end
  elseif into == "x-api-key" then
    headers:replace("x-api-key", tokens[key] or key)
  end
end
${ANSWERS}`,
  ]);
}

/**
 * What answers are made safe by: every cookie goes over TLS alone, and to no other site unless it says so; and a file that a browser
 * would take for a page is text, whatever its uploader called it.
 */
const ANSWERS = `
local function has(cookie, attribute)
  return (cookie:lower() .. ";"):find(";%s*" .. attribute .. "%s*[;=]") ~= nil
end
function envoy_on_response(handle)
  local headers = handle:headers()
  local count = headers:getNumValues("set-cookie")
  if count > 0 then
    local cookies = {}
    for i = 1, count do cookies[i] = headers:getAtIndex("set-cookie", i - 1) end
    headers:remove("set-cookie")
    for _, cookie in ipairs(cookies) do
      if not has(cookie, "secure") then cookie = cookie .. "; Secure" end
      if not has(cookie, "samesite") then cookie = cookie .. "; SameSite=Lax" end
      headers:add("set-cookie", cookie)
    end
  end
  if handle:metadata():get("files") then
    local kind = (headers:get("content-type") or ""):lower()
    if kind:find("^text/html") or kind:find("^application/xhtml") then
      headers:replace("content-type", "text/plain; charset=utf-8")
    end
  end
end
`;

/** Tokens of Auth's, and those that stand for keys. */
function tokens({ publicUrl }: GatewayInput): { readonly [key: string]: ConfigValue } {
  const provider = {
    local_jwks: { filename: file("jwks.json") },
    forward: true,
    from_headers: [{ name: "authorization", value_prefix: "Bearer " }],
    payload_in_metadata: "token",
  };
  return {
    providers: {
      users: { ...provider, issuer: `${publicUrl}/auth/v1`, audiences: ["authenticated"] },
      keys: { ...provider, issuer: "supabase" },
    },
    requirement_map: {
      [OURS]: {
        requires_any: {
          requirements: [{ provider_name: "users" }, { provider_name: "keys" }, { allow_missing: {} }],
        },
      },
    },
  };
}

/** Counts each user's requests, and costly ones once more: by user, and by address where no service key came along. */
function limits({ limits: { user, costly } }: GatewayInput): { readonly [key: string]: ConfigValue } {
  const subject = metadata("user", "DYNAMIC", "envoy.filters.http.jwt_authn", ["token", "sub"]);
  const marked = metadata("costly", "ROUTE_ENTRY", FILTERS.keys, ["costly"]);
  const counted = metadata(COUNTED, "DYNAMIC", OWN, [COUNTED]);
  const any = (key: string) => ({ key, value: "" });
  const full = { numerator: 100, denominator: "HUNDRED" };
  return {
    stat_prefix: "limits",
    filter_enabled: { default_value: full },
    filter_enforced: { default_value: full },
    max_dynamic_descriptors: COUNTED_USERS,
    always_consume_default_token_bucket: false,
    // Applies to nobody: it stands for requests without a descriptor.
    token_bucket: { max_tokens: 1_000_000_000, tokens_per_fill: 1_000_000_000, fill_interval: "1s" },
    rate_limits: [
      { actions: [subject] },
      { actions: [marked, subject] },
      { actions: [marked, counted, { remote_address: {} }] },
    ],
    descriptors: [
      { entries: [any("user")], token_bucket: bucket(user) },
      { entries: [{ key: "costly", value: COUNTED }, any("user")], token_bucket: bucket(costly) },
      {
        entries: [{ key: "costly", value: COUNTED }, { key: COUNTED, value: COUNTED }, any("remote_address")],
        token_bucket: bucket(costly),
      },
    ],
  };
}

/** A descriptor from metadata; without it there is none, and nothing is counted. */
function metadata(name: string, source: string, key: string, path: readonly string[]): ConfigValue {
  return {
    metadata: {
      descriptor_key: name,
      source,
      metadata_key: { key, path: path.map((segment) => ({ key: segment })) },
    },
  };
}

function bucket({ requests, per }: Limit): ConfigValue {
  return { max_tokens: requests, tokens_per_fill: requests, fill_interval: `${seconds(per)}s` };
}
