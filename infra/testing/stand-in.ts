// Upstreams in place of services whose images a stack cannot have, so that the way to them is tried on the running platform: one
// container that answers under their names, and the gateway's configuration as the catalogue renders it for a stack with them.
import { join } from "node:path";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { ROOT } from "../../tools/paths";
import { UPSTREAMS, type UpstreamName } from "../catalogue/gateway-routes";
import { FILES } from "../catalogue/spec";
import { copyName, physicalName } from "../lib/naming";
import { docker as platform } from "../platforms/docker/docker";
import { stackLabels } from "../platforms/docker/labels";
import { dockerRig, engine, logLines } from "./docker-rig";
import { allReady, type Copy, specOf, until } from "./rig";
import { stackContext } from "./stack-context";

/** What an upstream was asked, as it answers it. */
export interface Asked {
  readonly service: UpstreamName;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The upstreams that a stack lacks, while they stand in. */
export interface StandIn {
  readonly names: readonly UpstreamName[];
  /** Ends them at once, and every connection with them. */
  kill(): Promise<void>;
  /** Brings them back; resolves once the gateway has found them. */
  start(): Promise<void>;
  /** Every request that reached them, but those of the gateway's own checks. */
  asked(): Promise<readonly Asked[]>;
  /** Ends them for good, and gives the gateway its own configuration again. */
  remove(): Promise<void>;
}

/** Answers every request with what it was asked; over a WebSocket that comes first, then every message comes back. */
const SERVER = `
const { createServer } = require("node:http");
const { WebSocketServer } = require("/opt/ws");
for (const [service, port] of Object.entries(JSON.parse(process.env.UPSTREAMS))) {
  const asked = (request) => JSON.stringify({ service, method: request.method, path: request.url, headers: request.headers });
  const server = createServer((request, answer) => {
    if (request.url !== "/health" && request.url !== "/status") console.log(asked(request));
    request.resume().on("end", () => answer.writeHead(200, { "content-type": "application/json" }).end(asked(request)));
  });
  new WebSocketServer({ server }).on("connection", (socket, request) => {
    socket.send(asked(request));
    socket.on("message", (data, binary) => {
      if (String(data) === "leave") socket.close(4001, "as asked");
      else socket.send(data, { binary });
    });
  });
  server.listen(port);
}`;

/** Starts upstreams in place of every service behind the gateway that the stack lacks, and tells the gateway of them. */
export async function standIn(stack: string): Promise<StandIn> {
  const rig = dockerRig(stack);
  const whole = stackContext(stack, platform, { images: "mixed" });
  const names = (Object.keys(UPSTREAMS) as UpstreamName[]).filter(
    // Studio, which has the port of another, is no part of the API.
    (name) => name !== "studio" && !rig.services.some((service) => service.name === name),
  );
  const ports = names.map((name) => [name, specOf(whole, name).ports[UPSTREAMS[name].port]] as const);
  const [gateway] = rig.copies("gateway") as [Copy];
  const own = await gateway.exec(["cat", `${FILES}/envoy.yaml`]);
  const container = await upstreams(stack, Object.fromEntries(ports));
  const configure = async (text: string) => {
    await gateway.stop();
    const archive = pack();
    archive.entry({ name: "envoy.yaml", mode: 0o444 }, text);
    archive.finalize();
    await engine.getContainer(physicalName(stack, gateway.name)).putArchive(archive, { path: FILES });
    await gateway.start();
    await allReady(rig, ["gateway"]);
    // The proxy looks every five seconds.
    const { metrics } = specOf(rig, "traefik").ports;
    const look = ["curl", "--silent", "--insecure", `https://traefik:${metrics}/metrics`];
    await until("the gateway behind the proxy", 30, async () => {
      const { stdout } = await gateway.exec(look);
      return /^traefik_service_server_up\{service="api@file".*\} 1$/m.test(stdout);
    });
  };
  /** Until the gateway counts every one of them as healthy. Asked inside, where no limit counts it. */
  const found = async () => {
    const { metrics } = specOf(rig, "gateway").ports;
    const ask = [
      "curl",
      "--silent",
      "--cacert",
      `${FILES}/authority.pem`,
      `https://localhost:${metrics}/stats/prometheus`,
    ];
    await until("healthy upstreams", 60, async () => {
      const { stdout } = await gateway.exec(ask);
      const healthy = stdout.matchAll(/^envoy_cluster_membership_healthy\{envoy_cluster_name="(\w+)"\} 1$/gm);
      const seen = [...healthy].map(([, name]) => name);
      return names.every((name) => seen.includes(name));
    });
  };
  const remove = async () => {
    await container.remove({ force: true });
    await configure(own.stdout);
  };
  try {
    await configure(gatewayFile(whole));
    await found();
  } catch (error) {
    await remove();
    throw error;
  }
  const start = async () => {
    await container.start();
    await found();
  };
  const asked = async () => (await logLines(container)).map((line) => JSON.parse(line) as Asked);
  return { names, asked, kill: () => container.kill(), start, remove };
}

function gatewayFile(context: ReturnType<typeof stackContext>): string {
  const { uploads } = platform.render(specOf(context, "gateway"), context).containers[0] ?? { uploads: [] };
  const found = uploads.find(({ file }) => file === `${FILES}/envoy.yaml`);
  const pieces = found?.content ?? [];
  if (pieces.length === 0 || pieces.some((piece) => typeof piece !== "string"))
    throw new Error("the gateway's configuration is missing, or holds a secret");
  return pieces.join("");
}

/** One container on the network of applications, under the names of all of them. */
async function upstreams(
  stack: string,
  ports: Readonly<Record<string, number | undefined>>,
): Promise<Docker.Container> {
  const { Image } = await engine.getContainer(physicalName(stack, copyName("meta", 0))).inspect();
  const network = physicalName(stack, "app");
  const names = Object.keys(ports);
  const Aliases = names.flatMap((name) => [name, copyName(name, 0)]);
  const container = await engine.createContainer({
    Image,
    Cmd: ["node", "-e", SERVER],
    Env: [`UPSTREAMS=${JSON.stringify(ports)}`],
    // What a killed run left is removed with the stack.
    Labels: stackLabels(stack),
    HostConfig: {
      NetworkMode: network,
      Init: true,
      CapDrop: ["ALL"],
      Binds: [`${join(ROOT, "node_modules/ws")}:/opt/ws:ro`],
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases } } },
  });
  await container.start();
  return container;
}
