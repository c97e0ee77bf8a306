// The contract of the gateway, asked of a real Envoy that runs the rendered configuration.
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type RunningEnvoy, type Seen, startEnvoy } from "../testing/envoy";
import { type GatewayKeys, gatewayKeys, headersOf } from "../testing/gateway-rig";
import { GATEWAY_CONTRACT, type GatewayCase } from "./gateway-contract";

let keys: GatewayKeys;
let envoy: RunningEnvoy;
beforeAll(async () => {
  keys = await gatewayKeys();
  // Limits are for their own tests.
  const many = { requests: 100_000, per: "1 hours" } as const;
  envoy = await startEnvoy(keys, { limits: { user: many, costly: many } });
});
afterAll(() => envoy?.stop());

const ask = (each: GatewayCase) =>
  envoy.ask({
    method: each.method ?? "GET",
    path: each.path,
    headers: {
      host: `${each.host ?? "api"}.example.org`,
      ...headersOf(each, keys),
      ...(each.declared !== undefined && { "content-length": String(each.declared) }),
    },
    ...(each.body !== undefined && { body: Buffer.alloc(each.body) }),
  });

test("it accepts its configuration without a warning", async () => {
  expect(await envoy.validate()).toContain("OK");
  expect(
    envoy
      .log()
      .split("\n")
      .filter((line) => /"level":"(warning|error|critical)"/.test(line)),
  ).toEqual([]);
});

describe("the contract", () => {
  test.each(GATEWAY_CONTRACT.map((each) => [each.name, each] as const))("%s", async (_, each) => {
    const answer = await ask(each);
    expect({ status: answer.status, text: answer.text.slice(0, 300) }).toMatchObject({ status: each.status });
    const seen = reached(answer.text);
    expect(seen?.service).toBe(each.reaches);
    if (each.as !== undefined) expect(seen?.path).toBe(each.as);
    for (const [name, value] of Object.entries(headersOf({ ...each, headers: present(each.gets) }, keys)))
      if (name in (each.gets ?? {})) expect([name, seen?.headers[name]]).toEqual([name, value]);
    for (const [name, value] of Object.entries(each.gets ?? {}))
      if (value === null) expect(seen?.headers).not.toHaveProperty(name);
    for (const [name, value] of Object.entries(each.answers ?? {}))
      expect([name, answer.headers[name] ?? null]).toEqual([name, value]);
  });
});

test("cookies of services go over TLS alone, and to no other site unless they say so", async () => {
  const { headers } = await envoy.ask({ path: "/functions/v1/hello" });
  expect(headers["set-cookie"]).toEqual([
    "plain=secure; Path=/; Secure; SameSite=Lax",
    "careful=1; Path=/; secure; HttpOnly; SameSite=None",
  ]);
});

test.each([
  ["/storage/v1/object/public/a/page.html", "text/html; charset=utf-8", "text/plain; charset=utf-8"],
  ["/storage/v1/object/public/a/page.xhtml", "Application/XHTML+xml", "text/plain; charset=utf-8"],
  ["/storage/v1/object/public/a/photo.webp", "image/webp", "image/webp"],
  ["/functions/v1/page", "text/html", "text/html"],
])("an uploaded page is no page: %s of type %s", async (path, type, answered) => {
  const { headers } = await envoy.ask({ path, headers: { "x-answer-type": type } });
  expect(headers["content-type"]).toBe(answered);
});

describe("WebSockets", () => {
  const open = (path: string) =>
    new Promise<{ messages: string[] } | number>((resolve, reject) => {
      const socket = new WebSocket(`wss://127.0.0.1:${envoy.ports.https}${path}`, {
        rejectUnauthorized: false,
        headers: { host: "api.example.org" },
      });
      const messages: string[] = [];
      socket.on("message", (message) => {
        messages.push(String(message));
        if (messages.length === 1) socket.send("hello");
        else socket.close();
      });
      socket.on("close", () => resolve({ messages }));
      socket.on("unexpected-response", (_, { statusCode = 0 }) => resolve(statusCode));
      socket.on("error", reject);
    });

  test("are opened with the key of the query, which goes on as a token, and carry messages", async () => {
    const answer = await open(`/realtime/v1/websocket?apikey=${keys.secrets["publishable-key"]}&vsn=1.0.0`);
    const { messages } = answer as { messages: string[] };
    expect(messages[1]).toBe("hello");
    const seen = JSON.parse(messages[0] ?? "") as Seen;
    expect(seen.service).toBe("realtime");
    expect(seen.path).toMatch(/^\/socket\/websocket\?/);
    expect(seen.headers["x-api-key"]).toBe(keys.secrets["anon-key-asymmetric"]);
    expect(seen.headers.host).toBe("realtime-dev.supabase-realtime");
  });

  test("are not opened without a key, or elsewhere", async () => {
    expect(await open("/realtime/v1/websocket?vsn=1.0.0")).toBe(401);
    expect(await open("/realtime/v1/websocket?apikey=wrong")).toBe(401);
    expect(await open(`/storage/v1/object/a?apikey=${keys.secrets["anon-key"]}`)).toBe(403);
  });
});

describe("limits", () => {
  let small: RunningEnvoy;
  beforeAll(async () => {
    small = await startEnvoy(keys, {});
  });
  afterAll(() => small?.stop());
  const count = async (requests: number, path: string, headers: Record<string, string>, method = "GET") => {
    const statuses: number[] = [];
    for (let i = 0; i < requests; i++) statuses.push((await small.ask({ path, method, headers })).status);
    return {
      served: statuses.filter((status) => status === 200).length,
      refused: statuses.filter((s) => s === 429).length,
    };
  };
  const user = async (name: string) => ({
    apikey: keys.secrets["publishable-key"] ?? "",
    authorization: `Bearer ${await keys.tokenOf(name)}`,
  });

  test("count each user alone, over all routes", async () => {
    expect(await count(15, "/rest/v1/todos", await user("ada"))).toEqual({ served: 15, refused: 0 });
    expect(await count(10, "/storage/v1/object/a", await user("ada"))).toEqual({ served: 5, refused: 5 });
    expect(await count(20, "/rest/v1/todos", await user("bob"))).toEqual({ served: 20, refused: 0 });
    expect(await count(30, "/rest/v1/todos", { apikey: keys.secrets["anon-key"] ?? "" })).toEqual({
      served: 30,
      refused: 0,
    });
  });

  test("count costly operations once more: by user, and by address", async () => {
    const from = (address: string) => ({ "x-forwarded-for": address });
    const eve = { ...(await user("eve")), ...from("192.0.2.1") };
    expect(await count(4, "/rest/v1/rpc/search", eve, "POST")).toEqual({ served: 4, refused: 0 });
    expect(await count(2, "/storage/v1/render/image/a", { ...eve, ...from("192.0.2.2") })).toEqual({
      served: 1,
      refused: 1,
    });
    expect(await count(2, "/rest/v1/todos", eve)).toEqual({ served: 2, refused: 0 });
    const anon = { apikey: keys.secrets["anon-key"] ?? "" };
    expect(await count(7, "/graphql/v1", { ...anon, ...from("192.0.2.9") }, "POST")).toEqual({ served: 5, refused: 2 });
    expect(await count(2, "/graphql/v1", { ...anon, ...from("192.0.2.10") }, "POST")).toEqual({
      served: 2,
      refused: 0,
    });
  });

  test("do not count what servers do with a service key", async () => {
    const server = { apikey: keys.secrets["secret-key"] ?? "", "x-forwarded-for": "192.0.2.20" };
    expect(await count(12, "/rest/v1/rpc/search", server, "POST")).toEqual({ served: 12, refused: 0 });
  });
});

describe("beside the API", () => {
  test("figures and readiness are all that the port for figures serves", async () => {
    const at = (path: string, method = "GET") => envoy.ask({ port: envoy.ports.metrics, path, method });
    expect((await at("/stats/prometheus")).text).toContain("envoy_http_downstream_rq_xx");
    expect((await at("/ready")).status).toBe(200);
    for (const path of ["/", "/config_dump", "/stats", "/clusters", "/certs", "/logging", "/ready/../config_dump"])
      expect([path, (await at(path)).status]).toEqual([path, 404]);
    expect((await at("/quitquitquit", "POST")).status).toBe(404);
    expect((await at("/stats/prometheus", "POST")).status).toBe(404);
  });

  test("only TLS 1.3 is spoken", async () => {
    const shake = (version: "TLSv1.2" | "TLSv1.3") =>
      new Promise((resolve) => {
        const socket = connect({
          host: "127.0.0.1",
          port: envoy.ports.https,
          rejectUnauthorized: false,
          minVersion: version,
          maxVersion: version,
        });
        socket.on("secureConnect", () => resolve(socket.end().getProtocol()));
        socket.on("error", () => resolve("refused"));
      });
    expect(await shake("TLSv1.2")).toBe("refused");
    expect(await shake("TLSv1.3")).toBe("TLSv1.3");
  });

  test("the log has each request's route, and neither keys nor tokens nor paths", async () => {
    await envoy.ask({
      path: "/rest/v1/very-private?apikey=in-a-query",
      headers: { apikey: keys.secrets["secret-key"] ?? "" },
    });
    await expect.poll(envoy.log, { timeout: 15_000 }).toContain('"route":"rest"');
    for (const secret of [...Object.values(keys.secrets), ...Object.values(keys.tokens), "very-private", "in-a-query"])
      expect(envoy.log()).not.toContain(secret);
  });
});

test("were the code that checks keys to fail, nobody would get through", async () => {
  const check = "local kind = kinds[key]";
  const broken = await startEnvoy(keys, {}, ["rest", "meta"], (text) =>
    text.replace(check, "local kind = kinds[no.such]"),
  );
  try {
    for (const path of ["/rest/v1/todos", "/pg/tables"])
      for (const apikey of ["wrong", keys.secrets["secret-key"] ?? ""])
        expect([path, (await broken.ask({ path, headers: { apikey } })).status]).toEqual([path, 403]);
    await expect.poll(broken.log, { timeout: 15_000 }).toContain("attempt to index");
  } finally {
    await broken.stop();
  }
});

test("a service that a stack lacks is named", async () => {
  const lacking = await startEnvoy(keys, {}, ["meta"]);
  try {
    const answer = await lacking.ask({ path: "/rest/v1/todos", headers: { apikey: keys.secrets["anon-key"] ?? "" } });
    expect(answer.status).toBe(503);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(answer.text)).toEqual({ code: 503, message: "rest is not part of this stack" });
    expect(
      (await lacking.ask({ path: "/pg/tables", headers: { apikey: keys.secrets["secret-key"] ?? "" } })).status,
    ).toBe(200);
  } finally {
    await lacking.stop();
  }
});

function present(headers: GatewayCase["gets"]): NonNullable<GatewayCase["headers"]> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

function reached(text: string): Seen | undefined {
  try {
    const value = JSON.parse(text) as Partial<Seen>;
    return value.service === undefined ? undefined : (value as Seen);
  } catch {
    return undefined;
  }
}
