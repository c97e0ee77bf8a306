// The gateway as Kong's declarative configuration: the same table of routes, each row a service with one route and its plugins.
import { bytes, seconds } from "../lib/units";
import { type ConfigValue, joined, yamlText } from "./config-text";
import type { GatewayInput } from "./gateway";
import {
  CORS,
  CORS_ANSWERS,
  GATEWAY_KEYS,
  GATEWAY_ROUTES,
  type GatewayRoute,
  needsKey,
  UPSTREAMS,
} from "./gateway-routes";
import type { Limit } from "./limits";
import { endpoint, file, joinText, secret, type Text, text } from "./spec";

type Fields = { readonly [key: string]: ConfigValue };

/** The declarative file; it holds keys, so that it is delivered as a secret. */
export function kongConfiguration(input: GatewayInput): Text {
  return yamlText({
    _format_version: "3.0",
    consumers: [
      ...GATEWAY_KEYS.map(({ client, key, service }) => ({
        username: client,
        keyauth_credentials: [{ key: secret(key) }],
        acls: [{ group: service ? "admin" : "anon" }],
      })),
      {
        username: "dashboard",
        basicauth_credentials: [{ username: "supabase", password: secret("dashboard-password") }],
      },
    ],
    plugins: [
      plugin("prometheus", { status_code_metrics: true, latency_metrics: true, upstream_health_metrics: true }),
      plugin("rate-limiting", limit(input.limits.user)),
      plugin("pre-function", { access: [NAME_USER] }),
    ],
    services: [escapedSlashes, ...GATEWAY_ROUTES.map((route, i) => service(route, GATEWAY_ROUTES.length - i, input))],
  });
}

/** Kong's settings. `runtime` is where it may write. */
export function kongEnvironment({ ports }: GatewayInput, runtime: string): Readonly<Record<string, Text>> {
  return {
    KONG_DATABASE: "off",
    KONG_DECLARATIVE_CONFIG: file("kong.yml"),
    KONG_PREFIX: runtime,
    KONG_ROUTER_FLAVOR: "expressions",
    KONG_PLUGINS: PLUGINS.join(","),
    KONG_PROXY_LISTEN: `0.0.0.0:${ports.https} http2 ssl`,
    KONG_STATUS_LISTEN: `0.0.0.0:${ports.metrics} ssl`,
    KONG_ADMIN_LISTEN: "off",
    // Signatures of S3 requests cover the port at which the client came in.
    KONG_PORT_MAPS: text`443:${String(ports.https)}`,
    KONG_TRUSTED_IPS: "0.0.0.0/0",
    KONG_REAL_IP_HEADER: "X-Forwarded-For",
    KONG_SSL_CERT: file("gateway.pem"),
    KONG_SSL_CERT_KEY: file("gateway.key"),
    KONG_STATUS_SSL_CERT: file("gateway.pem"),
    KONG_STATUS_SSL_CERT_KEY: file("gateway.key"),
    KONG_SSL_CIPHER_SUITE: "modern",
    KONG_DNS_ORDER: "LAST,A,CNAME",
    KONG_DNS_NOT_FOUND_TTL: "1",
    KONG_DNS_VALID_TTL: "5",
    KONG_NGINX_PROXY_PROXY_BUFFER_SIZE: "160k",
    KONG_NGINX_PROXY_PROXY_BUFFERS: "64 160k",
    KONG_NGINX_PROXY_UNDERSCORES_IN_HEADERS: "off",
    KONG_NGINX_WORKER_PROCESSES: "2",
    KONG_HEADERS: "off",
    // Paths and queries hold keys and names: requests are counted, not written down.
    KONG_PROXY_ACCESS_LOG: "off",
    KONG_PROXY_ERROR_LOG: "/dev/stderr",
  };
}

const PLUGINS = [
  "acl",
  "basic-auth",
  "cors",
  "key-auth",
  "post-function",
  "pre-function",
  "prometheus",
  "rate-limiting",
  "request-size-limiting",
  "request-termination",
  "request-transformer",
  "response-transformer",
];

function plugin(name: string, config: Fields = {}): ConfigValue {
  return { name, config };
}

/** Stands where a row has no service; its requests end before. */
const NOWHERE = "http://127.0.0.1:1";

/** Above all rows, since a service may take an escaped slash for a slash, and so another path than was checked. */
const escapedSlashes: ConfigValue = {
  name: "escaped-slashes",
  url: NOWHERE,
  routes: [
    {
      name: "escaped-slashes",
      expression: 'http.path contains "%2F" || http.path contains "%5C"',
      priority: 1_000,
      plugins: [plugin("request-termination", { status_code: 400, message: "escaped slashes are not accepted" })],
    },
  ],
};

/** Higher rows have higher priorities: the first that matches decides, as in Envoy. */
function service(route: GatewayRoute, priority: number, input: GatewayInput): ConfigValue {
  const { name, to, timeout, websocket } = route;
  const there = to !== undefined && route.access !== "blocked" && input.present.includes(to.service);
  const milliseconds = 1000 * (websocket ? 3600 : seconds(timeout));
  return {
    name,
    ...(there
      ? { url: joined(text`http://${endpoint(to.service, UPSTREAMS[to.service].port)}${to.path}`) }
      : { url: NOWHERE }),
    connect_timeout: 2000,
    read_timeout: milliseconds,
    write_timeout: milliseconds,
    retries: 2,
    routes: [{ name, expression: expression(route, input), priority, strip_path: true, preserve_host: false }],
    plugins: [...access(route, input), ...(there ? passage(route, input) : [end(route)])],
  };
}

function expression({ host, path, match }: GatewayRoute, { domain }: GatewayInput): string {
  const studio = `http.host ${host === "studio" ? "==" : "!="} "studio.${domain}"`;
  // What is taken away from the path is what the prefix matched, also where nothing may follow it.
  const whole = match === "exact" ? ` && http.path == "${path}"` : "";
  return `${studio} && http.path ^= "${path}"${whole}`;
}

function end({ to, access }: GatewayRoute): ConfigValue {
  return to === undefined || access === "blocked"
    ? plugin("request-termination", { status_code: 403, message: "nobody may ask for this" })
    : plugin("request-termination", { status_code: 503, message: `${to.service} is not part of this stack` });
}

/** Who gets through. */
function access({ access: who, cors }: GatewayRoute, { origins }: GatewayInput): readonly ConfigValue[] {
  return [
    ...(cors
      ? [
          plugin("cors", {
            origins,
            methods: CORS.methods,
            headers: CORS.requestHeaders,
            exposed_headers: CORS.responseHeaders,
            credentials: true,
            max_age: CORS.seconds,
          }),
        ]
      : [plugin("response-transformer", { remove: { headers: CORS_ANSWERS } })]),
    ...(who === "password" ? [plugin("basic-auth", { hide_credentials: true })] : []),
    ...(needsKey(who)
      ? [
          plugin("key-auth", {
            key_names: ["apikey"],
            key_in_header: who !== "socket-key",
            key_in_query: who === "socket-key",
            key_in_body: false,
            hide_credentials: false,
          }),
          plugin("acl", { hide_groups_header: true, allow: who === "service-key" ? ["admin"] : ["admin", "anon"] }),
        ]
      : []),
  ];
}

/** What happens to a request on its way. */
function passage(route: GatewayRoute, input: GatewayInput): readonly ConfigValue[] {
  const { translate, costly, body, websocket, setHeaders, removeHeaders, hostHeader } = route;
  const set = Object.entries({ ...setHeaders, ...(hostHeader !== undefined && { Host: hostHeader }) });
  const written = set.map(([key, value]) => `${key}:${value}`);
  return [
    ...(websocket ? [] : [size(body === "upload" ? bytes(input.fileSize) : bytes(body))]),
    ...(costly ? [plugin("rate-limiting", limit(input.limits.costly))] : []),
    ...(set.length > 0 || removeHeaders.length > 0
      ? [
          plugin("request-transformer", {
            ...(set.length > 0 && { add: { headers: written }, replace: { headers: written } }),
            ...(removeHeaders.length > 0 && { remove: { headers: removeHeaders } }),
          }),
        ]
      : []),
    ...(translate ? [plugin("post-function", { access: [joined(translation(translate))] })] : []),
  ];
}

function size(most: number): ConfigValue {
  return plugin("request-size-limiting", {
    allowed_payload_size: most,
    size_unit: "bytes",
    require_content_length: false,
  });
}

/** Kong counts per minute, hour or day; other spans become so many per minute. */
function limit({ requests, per }: Limit): Fields {
  return {
    minute: Math.max(1, Math.round((requests * 60) / seconds(per))),
    limit_by: "header",
    header_name: USER_HEADER,
    policy: "local",
    hide_client_headers: false,
  };
}

const USER_HEADER = "x-groundwork-user";
/** Names the user whom a token claims; a service refuses what is not so. Without a user, the limits count addresses. */
const NAME_USER = `local token = (kong.request.get_header("authorization") or ""):match("^Bearer [^.]+%.([^.]+)%.")
local claims = token and ngx.decode_base64(token:gsub("-", "+"):gsub("_", "/") .. ("="):rep(-#token % 4))
local user = claims and claims:match('"sub"%s*:%s*"([^"]+)"')
if user then kong.service.request.set_header("${USER_HEADER}", user) ngx.req.set_header("${USER_HEADER}", user)
else kong.service.request.clear_header("${USER_HEADER}") ngx.req.clear_header("${USER_HEADER}") end
`;

/** The same as in Envoy, in Kong's words. */
function translation(into: NonNullable<GatewayRoute["translate"]>): Text {
  const tokens = GATEWAY_KEYS.flatMap((key) =>
    "token" in key ? [text`["${secret(key.key)}"] = "${secret(key.token)}", `] : [],
  );
  const code = {
    authorization: `local given, key = kong.request.get_header("authorization"), kong.request.get_header("apikey")
if given and given ~= "" and given:sub(1, 10) ~= "Bearer sb_" then return end
if key and key ~= "" then
  kong.service.request.set_header("authorization", tokens[key] and ("Bearer " .. tokens[key]) or key)
else
  kong.service.request.clear_header("authorization")
end
`,
    "x-api-key": `local key = kong.request.get_query_arg("apikey") or ""
kong.service.request.set_header("x-api-key", tokens[key] or key)
`,
  }[into];
  return joinText(["local tokens = { ", ...tokens, "}\n", code]);
}
