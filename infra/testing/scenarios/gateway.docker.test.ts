// The gateway on the running platform: through Traefik, over verified TLS, to postgres-meta and its database.
import type { Agent } from "node:https";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { UPSTREAMS, type UpstreamName } from "../../catalogue/gateway-routes";
import { dockerRig } from "../docker-rig";
import { allReady, type Copy, output, specOf, type Visitor } from "../rig";
import { ask, edgeAgent, hostOf } from "./edge";

const rig = dockerRig();
const [gateway] = rig.copies("gateway") as [Copy];
let agent: Agent;
let keys: Readonly<Record<"anon" | "service" | "publishable" | "secret", string>>;

beforeAll(async () => {
  await allReady(rig, ["traefik", "gateway", "meta"]);
  agent = await edgeAgent(rig);
  keys = {
    anon: await rig.secret("anon-key"),
    service: await rig.secret("service-role-key"),
    publishable: await rig.secret("publishable-key"),
    secret: await rig.secret("secret-key"),
  };
}, 90_000);
afterAll(() => agent?.destroy());

const api = (path: string, headers: Record<string, string> = {}, method = "GET", body?: string) =>
  ask(rig, agent, "api", path, { method, headers, ...(body !== undefined && { body }) });

describe("postgres-meta through Traefik and the gateway", () => {
  test.each(["service", "secret"] as const)("shows schemas to the holder of the %s key", async (name) => {
    const { status, body } = await api("/pg/schemas?include_system_schemas=true", { apikey: keys[name] });
    expect([status, body.slice(0, 200)]).toEqual([200, expect.any(String)]);
    expect((JSON.parse(body) as { name: string }[]).map((schema) => schema.name)).toContain("public");
  });

  test.each(["anon", "publishable"] as const)("is closed to the %s key", async (name) => {
    const { status, body } = await api("/pg/schemas", { apikey: keys[name] });
    expect([status, JSON.parse(body)]).toEqual([403, { code: 403, message: "this needs a service key" }]);
  });

  test("is closed without a key, and to a wrong one", async () => {
    expect((await api("/pg/schemas")).status).toBe(401);
    expect((await api("/pg/schemas", { apikey: "wrong" })).status).toBe(401);
    expect((await api("/pg/schemas", { authorization: `Bearer ${keys.service}` })).status).toBe(401);
  });

  test("runs a query as the dashboard's role, over TLS", async () => {
    const query = "select current_user as role, (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as tls";
    const headers = { apikey: keys.secret, "content-type": "application/json" };
    const { status, body } = await api("/pg/query", headers, "POST", JSON.stringify({ query }));
    expect([status, JSON.parse(body)]).toEqual([200, [{ role: "dashboard_user", tls: true }]]);
  });
});

test("services that this stack lacks are named, to who may ask", async () => {
  const missing = (Object.keys(UPSTREAMS) as UpstreamName[]).filter(
    (name) => !rig.services.some((service) => service.name === name),
  );
  if (missing.includes("rest")) {
    const { status, body } = await api("/rest/v1/todos", { apikey: keys.anon });
    expect([status, JSON.parse(body)]).toEqual([503, { code: 503, message: "rest is not part of this stack" }]);
  }
  expect((await api("/rest/v1/todos")).status).toBe(401);
});

test("blocked paths stay blocked behind Traefik", async () => {
  for (const path of ["/realtime/v1/api/tenants", "/storage/v1/metrics", "/mcp", "/storage/v1/object/../metrics"])
    expect([path, (await api(path, { apikey: keys.service })).status]).toEqual([path, 403]);
});

test("origins: the application's may read, others may not", async () => {
  const preflight = (origin: string) =>
    api("/rest/v1/todos", { origin, "access-control-request-method": "POST" }, "OPTIONS");
  const own = `https://${hostOf(rig, "app")}:${rig.environment.publish.https}`;
  // Where no service is, there is nothing to read.
  const present = rig.services.some(({ name }) => name === "rest");
  expect((await preflight(own)).headers["access-control-allow-origin"]).toBe(present ? own : undefined);
  expect((await preflight("https://evil.example.net")).headers).not.toHaveProperty("access-control-allow-origin");
});

test("a WebSocket's upgrade passes Traefik, and the gateway decides", async () => {
  const { address, https } = rig.environment.publish;
  const ca = await rig.authority();
  const status = (query: string) =>
    new Promise<number>((resolve, reject) => {
      const socket = new WebSocket(`wss://${hostOf(rig, "api")}:${https}/realtime/v1/websocket${query}`, {
        ca,
        lookup: (_name: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
          options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4),
      } as object);
      socket.on("open", () => resolve(101));
      socket.on("unexpected-response", (_, { statusCode = 0 }) => resolve(statusCode));
      socket.on("error", reject);
    });
  // Without Realtime there is nothing that could be upgraded, whatever the key.
  const present = rig.services.some(({ name }) => name === "realtime");
  expect(await status("")).toBe(present ? 401 : 403);
  expect(await status(`?apikey=${keys.anon}`)).toBe(present ? 101 : 403);
});

describe("inside", () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await rig.visitor("app");
  }, 60_000);
  afterAll(() => visitor?.remove());

  test("it listens at its two ports alone, and administration is at neither", async () => {
    const tables = await output(gateway, ["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
    const listening = [...tables.matchAll(/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F:]+ 0A /gm)]
      .filter(([, address]) => address !== "0B00007F")
      .map(([, , port]) => Number.parseInt(port as string, 16));
    expect([...new Set(listening)].sort()).toEqual(Object.values(specOf(rig, "gateway").ports).sort());
    const { metrics } = specOf(rig, "gateway").ports;
    const status = (path: string) =>
      output(visitor, ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", `https://gateway:${metrics}${path}`]);
    expect(await status("/stats/prometheus")).toBe("200");
    for (const path of ["/config_dump", "/", "/stats", "/quitquitquit"]) expect(await status(path)).toBe("404");
  });

  test("its files with keys are read by itself alone, and its log holds none", async () => {
    const modes = await output(gateway, [
      "sh",
      "-c",
      "cd /etc/groundwork && stat -c '%a %n' keys.lua htpasswd jwks.json",
    ]);
    expect(modes.trim().split("\n")).toEqual(["440 keys.lua", "440 htpasswd", "440 jwks.json"]);
    const plain = await output(gateway, ["cat", "/etc/groundwork/envoy.yaml"]);
    for (const key of Object.values(keys)) expect(plain).not.toContain(key);
  });
});

test("Studio is not reached where nobody may administer", async () => {
  expect(rig.environment.admin.allow).toEqual([]);
  const { address, https } = rig.environment.publish;
  const ca = await rig.authority();
  const refused = await new Promise<string>((resolve) => {
    const socket = connect({ host: address, port: https, ca, servername: hostOf(rig, "studio") }, () => {
      resolve("connected");
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  const answer = refused === "connected" ? (await ask(rig, agent, "studio", "/")).status : 404;
  expect(answer).toBe(404);
});
