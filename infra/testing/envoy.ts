// A real Envoy on loopback with the gateway's rendered configuration, and a service behind every route that tells what it got.
// Long because starting it, breaking what stands behind it and asking it are one rig.
import "reflect-metadata";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { request } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { X509CertificateGenerator } from "@peculiar/x509";
import { type WebSocket, WebSocketServer } from "ws";
import { toolPath } from "../../tools/recipe";
import { run } from "../../tools/run";
import { installTool } from "../../tools/toolchain";
import { type GatewayArgs, gateway } from "../catalogue/gateway";
import { UPSTREAMS, type UpstreamName } from "../catalogue/gateway-routes";
import { FILES, type ServiceSpec } from "../catalogue/spec";
import { behind, GATEWAY_UNDER_TEST, type GatewayKeys, resolved } from "./gateway-rig";

/** What a service behind the gateway was asked. */
export interface Seen {
  /** Which copy of the service it was. */
  readonly copy: number;
  readonly service: UpstreamName;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: number;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** @default the port at which it serves */
  readonly port?: number;
}

/** A running gateway; `stop` ends everything it started. */
export interface RunningEnvoy {
  readonly ports: { readonly https: number; readonly metrics: number };
  readonly certificate: string;
  /** What it has written to its log. */
  readonly log: () => string;
  readonly ask: (question: Ask) => Promise<Answer>;
  readonly validate: () => Promise<string>;
  /** Ends one copy of a service and its connections at once; the returned function brings it back. */
  readonly kill: (service: UpstreamName, copy: number) => () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts Envoy and a service behind every route, in so many `copies`; `present` are those that the stack has, `edit` breaks its
 * files. With a port in `upstream`, every route leads there instead.
 */
export async function startEnvoy(
  keys: GatewayKeys,
  changes: Partial<GatewayArgs> = {},
  present: readonly UpstreamName[] = Object.keys(UPSTREAMS) as UpstreamName[],
  edit: (text: string) => string = (text) => text,
  upstream?: number,
  copies = 1,
): Promise<RunningEnvoy> {
  await installTool("envoy", () => undefined);
  const folder = mkdtempSync(join(tmpdir(), "envoy-"));
  const services = new Map<string, readonly Server[]>();
  if (upstream === undefined)
    for (const name of present)
      services.set(name, await Promise.all(Array.from({ length: copies }, (_, copy) => echo(name, copy))));
  const { pem, key } = await selfSigned();
  const ports = { https: await freePort(), metrics: await freePort() };
  const spec = gateway({ ...GATEWAY_UNDER_TEST, implementation: "envoy", services: behind(present), ...changes });
  const places = {
    secrets: keys.secrets,
    certificate: ({ part }: { part: string }) => (part === "key" ? key : pem),
    address: (name: string) => {
      const found = upstream === undefined ? (services.get(name) ?? []).map(portOf) : [upstream];
      return found.map((port) => ({ name, host: "127.0.0.1", port }));
    },
  };
  const here = (text: string) =>
    text
      .replaceAll(FILES, folder)
      .replaceAll("/run/gateway", folder)
      .replaceAll("0.0.0.0", "127.0.0.1")
      .replaceAll(`port_value: ${spec.ports.https}`, `port_value: ${ports.https}`)
      .replaceAll(`port_value: ${spec.ports.metrics}`, `port_value: ${ports.metrics}`);
  for (const [name, content] of Object.entries(spec.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), edit(here(resolved(content, places))));
  }
  const argv = command(spec, here);
  const ask = (question: Ask) => askHttps({ port: ports.https, ...question });
  const clear = () => {
    for (const server of [...services.values()].flat()) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const { log, stop } = await launchEnvoy(argv, () => ask({ port: ports.metrics, path: "/ready" }), clear);
  const kill = (service: UpstreamName, copy: number) => {
    const server = services.get(service)?.[copy];
    const port = portOf(server);
    server?.close();
    server?.closeAllConnections();
    return () => new Promise<void>((resolve) => server?.listen(port, "127.0.0.1", resolve));
  };
  const validate = () => run([...argv, "--mode", "validate"] as [string, ...string[]]);
  return { ports, certificate: pem, log, ask, validate, kill, stop };
}

/** Starts Envoy and waits until `ask` is answered 200. `clear` is called once it has ended, for whatever reason. */
export async function launchEnvoy(
  [program, ...args]: readonly [string, ...string[]],
  ask: () => Promise<Pick<Answer, "status">>,
  clear: () => void,
): Promise<{ readonly log: () => string; readonly stop: () => Promise<void> }> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  const stop = async () => {
    await ended(child);
    clear();
  };
  try {
    await ready(child, ask, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { log: () => log, stop };
}

function command(spec: ServiceSpec, here: (text: string) => string): [string, ...string[]] {
  const places = { secrets: {}, certificate: () => "", address: () => ({ name: "", host: "", port: 0 }) };
  const [, ...rest] = spec.args.map((arg) => here(resolved(arg, places)));
  return [toolPath("envoy"), ...rest];
}

async function ready(
  child: ChildProcess,
  ask: () => Promise<Pick<Answer, "status">>,
  log: () => string,
): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await pause(50)) {
    if (child.exitCode !== null) break;
    if ((await ask().catch(() => undefined))?.status === 200) return;
  }
  // On an error it repeats its whole configuration; the reason stands before it.
  const critical = log()
    .split("\n")
    .filter((line) => line.includes('"critical"'));
  throw new Error(`Envoy did not start:\n${critical.map((line) => line.slice(0, 1000)).join("\n")}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await closed;
}

/** Cookies that every service behind it sets, as frameworks do by default and as careful ones do. */
const COOKIES = ["plain=secure; Path=/", "careful=1; Path=/; secure; HttpOnly; SameSite=None"];

/** A service that answers with what it got, claims to welcome every origin, sets cookies, and echoes what comes over a WebSocket. */
async function echo(service: UpstreamName, copy: number): Promise<Server> {
  const seen = (asked: IncomingMessage, bytes: number): Seen => ({
    service,
    copy,
    method: asked.method ?? "",
    path: asked.url ?? "",
    headers: asked.headers,
    bytes,
  });
  const server = createServer(async (asked, answer) => {
    const body = await buffer(asked).catch(() => Buffer.alloc(0));
    answer.writeHead(200, {
      "content-type": String(asked.headers["x-answer-type"] ?? "application/json"),
      "access-control-allow-origin": "*",
      server: service,
      "set-cookie": COOKIES,
    });
    answer.end(JSON.stringify(seen(asked, body.length)));
  });
  new WebSocketServer({ server }).on("connection", (socket: WebSocket, asked: IncomingMessage) => {
    socket.send(JSON.stringify(seen(asked, 0)));
    socket.on("message", (message) => socket.send(String(message)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: Server | undefined): number {
  return (server?.address() as AddressInfo | undefined)?.port ?? 1;
}

/** A port of loopback that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One request over TLS; the certificate is made for the test alone. */
function askHttps({ method = "GET", path, headers = {}, body, port }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: "127.0.0.1", port, method, path, headers, rejectUnauthorized: false, agent: false },
      (answer) => {
        buffer(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: content.toString() }),
          reject,
        );
      },
    );
    asking.setTimeout(20_000, () => asking.destroy(new Error(`${path}: no answer`)));
    asking.on("error", reject);
    asking.end(body);
  });
}

/** A certificate for localhost and its key, as PEM. */
export async function selfSigned(): Promise<{ pem: string; key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    keys: pair,
    signingAlgorithm: algorithm,
  });
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey)).toString("base64");
  const lines = der.match(/.{1,64}/g) ?? [];
  return {
    pem: made.toString("pem"),
    key: ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n"),
  };
}
