// WebSockets on the running platform: over TLS to Traefik, over TLS to the gateway, and to what stands where Realtime would.
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { REALTIME_HOST } from "../../catalogue/realtime";
import { dockerRig } from "../docker-rig";
import { allReady, type Copy, specOf, until } from "../rig";
import { type Asked, type StandIn, standIn } from "../stand-in";
import { askPlainly, hostOf } from "./edge";

const rig = dockerRig();
const { address, https } = rig.environment.publish;
const [gateway] = rig.copies("gateway") as [Copy];
let upstreams: StandIn;
let ca: string;
let key: string;

beforeAll(async () => {
  await allReady(rig, ["traefik", "gateway"]);
  [ca, key] = await Promise.all([rig.authority(), rig.secret("publishable-key")]);
  upstreams = await standIn(rig.environment.stack);
}, 150_000);
afterAll(() => upstreams?.remove(), 90_000);

interface Opened {
  readonly socket: WebSocket;
  readonly asked: Asked;
  readonly protocol: string | null;
  /** The next message; its text, or its bytes. */
  readonly next: () => Promise<Buffer>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Opens a socket; rejects with the status where there is none to open. */
async function open(query: string): Promise<Opened> {
  const socket = new WebSocket(`wss://${hostOf(rig, "api")}:${https}/realtime/v1/websocket${query}`, {
    ca,
    lookup: (_name: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
      options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4),
  } as object);
  const messages: Buffer[] = [];
  let protocol: string | null = null;
  socket.on("message", (data: Buffer) => messages.push(data));
  socket.on("upgrade", (answer: IncomingMessage) => {
    protocol = (answer.socket as TLSSocket).getProtocol();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("unexpected-response", (_, { statusCode }) => reject(new Error(`answered ${statusCode}`)));
    socket.once("error", reject);
  });
  socket.on("error", () => undefined);
  const next = () => until("a message", 20, async () => messages.shift());
  return { socket, asked: JSON.parse(String(await next())) as Asked, protocol, next, closed };
}

const opened = () => open(`?apikey=${key}&vsn=1.0.0`);

test("a WebSocket opens over TLS 1.3, and its upstream gets the key as a token", async () => {
  const { socket, asked, protocol } = await opened();
  expect(protocol).toBe("TLSv1.3");
  expect(asked).toMatchObject({
    service: "realtime",
    path: expect.stringMatching(/^\/socket\/websocket\?/),
    headers: { host: REALTIME_HOST, "x-api-key": await rig.secret("anon-key-asymmetric"), upgrade: "websocket" },
  });
  socket.close();
});

test("carries text and bytes both ways, however large, and pings", async () => {
  const { socket, next } = await opened();
  socket.send("hello");
  expect(String(await next())).toBe("hello");
  const large = Buffer.alloc(1_000_000, "groundwork");
  socket.send(large);
  expect((await next()).equals(large)).toBe(true);
  const pong = new Promise<Buffer>((resolve) => socket.once("pong", resolve));
  socket.ping("still there?");
  expect(String(await pong)).toBe("still there?");
  socket.close();
});

test("ends with the code and the reason that its upstream gives", async () => {
  const { socket, closed } = await opened();
  socket.send("leave");
  expect(await closed).toEqual({ code: 4001, reason: "as asked" });
});

test.each([
  ["without a key", ""],
  ["with a wrong key", "?apikey=wrong"],
])("does not open %s", async (_, query) => {
  await expect(open(query)).rejects.toThrow("answered 401");
});

test("does not open without TLS", async () => {
  expect((await askPlainly(rig, "api", `/realtime/v1/websocket?apikey=${key}`)).status).toBe(301);
});

test("tells its client at once when the upstream is gone, who finds it again when it is back", async () => {
  const { closed } = await opened();
  await upstreams.kill();
  expect((await closed).code).toBe(1006);
  await upstreams.start();
  // Asked inside, where no limit counts it, until the gateway has noticed both.
  const route = `https://localhost:${specOf(rig, "gateway").ports.https}/realtime/v1/websocket?apikey=${key}`;
  const answered = ["curl", "--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}", route];
  await until("the upstream behind the gateway", 60, async () => (await gateway.exec(answered)).stdout === "200");
  const { socket, asked } = await opened();
  expect(asked.service).toBe("realtime");
  socket.close();
}, 90_000);
