// The contract of the gateway, applied to the declarative file that Kong is given.
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { behind, GATEWAY_UNDER_TEST, type GatewayKeys, gatewayKeys, headersOf, resolved } from "../testing/gateway-rig";
import { askKong, type KongFile, type KongRequest, runLua } from "../testing/kong";
import { gateway } from "./gateway";
import { GATEWAY_CONTRACT, type GatewayCase } from "./gateway-contract";
import { GATEWAY_ROUTES, UPSTREAMS } from "./gateway-routes";
import type { Text } from "./spec";

const spec = gateway({ ...GATEWAY_UNDER_TEST, implementation: "kong", services: behind() });
let keys: GatewayKeys;
let file: KongFile;
beforeAll(async () => {
  keys = await gatewayKeys();
  file = declarative(spec.files["kong.yml"] ?? "");
});

function declarative(text: Text): KongFile {
  const places = {
    secrets: keys.secrets,
    certificate: () => "",
    address: (name: string) => ({ name, host: name, port: 80 }),
  };
  return parse(resolved(text, places)) as KongFile;
}

const ask = (each: GatewayCase) =>
  askKong(file, {
    method: each.method ?? "GET",
    host: `${each.host ?? "api"}.example.org`,
    path: each.path,
    headers: headersOf(each, keys),
    bytes: each.declared ?? each.body ?? 0,
  });

describe("the contract", () => {
  test.each(GATEWAY_CONTRACT.filter(({ only }) => only === undefined).map((each) => [each.name, each] as const))(
    "%s",
    async (_, each) => {
      const { status, headers, upstream } = await ask(each);
      expect(status).toBe(each.status);
      const url = upstream && new URL(upstream.url);
      expect(url?.hostname).toBe(each.reaches);
      if (each.as !== undefined) expect(`${url?.pathname}${url?.search}`).toBe(each.as);
      const wanted = Object.entries(each.gets ?? {}).flatMap(([name, value]) =>
        value === null ? [] : [[name, value]],
      );
      for (const [name, value] of Object.entries(headersOf({ ...each, headers: Object.fromEntries(wanted) }, keys)))
        if (name in (each.gets ?? {})) expect([name, upstream?.headers[name]]).toEqual([name, value]);
      for (const [name, value] of Object.entries(each.gets ?? {}))
        if (value === null) expect(upstream?.headers).not.toHaveProperty(name);
      for (const [name, value] of Object.entries(each.answers ?? {}))
        expect([name, headers[name] ?? null]).toEqual([name, value]);
    },
  );
});

const socket = (apikey: string): KongRequest => ({
  method: "GET",
  host: "api.example.org",
  path: `/realtime/v1/websocket?apikey=${apikey}&vsn=1.0.0`,
  headers: {},
  bytes: 0,
});

test("a socket's key goes on as a token", async () => {
  const { upstream } = await askKong(file, socket(keys.secrets["publishable-key"] ?? ""));
  expect(upstream?.headers).toMatchObject({
    host: "realtime-dev.supabase-realtime",
    "x-api-key": keys.secrets["anon-key-asymmetric"],
  });
  expect(new URL(upstream?.url ?? "").pathname).toBe("/socket/websocket");
  expect((await askKong(file, socket("wrong"))).status).toBe(401);
});

test("the user that limits count is the token's, and never the client's own word", async () => {
  const code = file.plugins.find(({ name }) => name === "pre-function")?.config.access as string[];
  const named = async (headers: Record<string, string>) => {
    const sent = { ...headers };
    await runLua(code[0] ?? "", { headers, sent, query: new URLSearchParams() });
    return sent["x-groundwork-user"];
  };
  expect(await named({ authorization: `Bearer ${await keys.tokenOf("ada")}` })).toBe("ada");
  expect(await named({ "x-groundwork-user": "bob" })).toBeUndefined();
});

test("every row is a service, and those that cost are limited twice", () => {
  expect(file.services.map(({ name }) => name)).toEqual(["escaped-slashes", ...GATEWAY_ROUTES.map(({ name }) => name)]);
  const limited = file.services.filter(({ plugins }) => plugins?.some(({ name }) => name === "rate-limiting"));
  expect(limited.map(({ name }) => name)).toEqual(
    GATEWAY_ROUTES.filter(({ costly }) => costly).map(({ name }) => name),
  );
  expect(file.plugins.map(({ name }) => name)).toContain("rate-limiting");
});

test("a service that a stack lacks is named", async () => {
  const lacking = gateway({ ...GATEWAY_UNDER_TEST, implementation: "kong", services: behind(["meta"]) });
  const other = declarative(lacking.files["kong.yml"] ?? "");
  const request = { method: "GET", host: "api.example.org", path: "/rest/v1/a", bytes: 0 };
  const headers = { apikey: keys.secrets["anon-key"] ?? "" };
  expect((await askKong(other, { ...request, headers })).status).toBe(503);
  expect((await askKong(other, { ...request, headers: {} })).status).toBe(401);
});

test("plugins that the file uses are switched on, and nothing administers", () => {
  const used = new Set(
    [...file.plugins, ...file.services.flatMap(({ plugins = [] }) => plugins)].map(({ name }) => name),
  );
  expect(String(spec.env.KONG_PLUGINS).split(",")).toEqual(expect.arrayContaining([...used]));
  expect(spec.env.KONG_ADMIN_LISTEN).toBe("off");
  expect(Object.keys(UPSTREAMS).length).toBeGreaterThan(5);
});
