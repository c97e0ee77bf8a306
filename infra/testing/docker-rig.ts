// The rig of a stack on this machine's Docker engine. Cutting networks needs root and Linux: it works on the host's
// ends of the containers' virtual cables.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import Docker from "dockerode";
import type { Network, ServiceName } from "../catalogue/spec";
import { copyName, physicalName } from "../lib/naming";
import { docker as platform } from "../platforms/docker/docker";
import { SERVICE_LABEL, STACK_LABEL, stackLabels } from "../platforms/docker/labels";
import { outputsOf } from "./outputs";
import type { Copy, ExecOptions, Executed, Rig, Visitor } from "./rig";
import { stackContext } from "./stack-context";

const run = promisify(execFile);

/** The engine that the rig works on, for what only Docker can be asked. */
export const engine = new Docker();

/** The rig of a running stack. @default the stack that `groundwork test` was told, else "test" */
export function dockerRig(stack = process.env.GROUNDWORK_TEST_STACK ?? "test"): Rig {
  const { environment, services } = stackContext(stack, platform);
  return {
    environment,
    services,
    copies: (name) => {
      const spec = services.find((service) => service.name === name);
      return Array.from({ length: spec?.copies ?? 0 }, (_, ordinal) => dockerCopy(stack, name, ordinal));
    },
    host: (name) => name,
    address: async () => environment.publish.address,
    ...outputsOf(stack),
    visitor: (...networks) => visit(stack, networks),
  };
}

/** The containers of the stack's services, running or not, as `docker inspect` shows them. */
export async function stackContainers(stack: string): Promise<readonly Docker.ContainerInspectInfo[]> {
  const found = await engine.listContainers({
    all: true,
    filters: { label: [`${STACK_LABEL}=${stack}`, SERVICE_LABEL] },
  });
  return Promise.all(found.map(({ Id }) => engine.getContainer(Id).inspect()));
}

/** What a container has written to its log so far, line by line, both streams. */
export async function logLines(container: Pick<Docker.Container, "logs">): Promise<readonly string[]> {
  const frames = await container.logs({ stdout: true, stderr: true, follow: false });
  const texts: Buffer[] = [];
  // Each frame: the stream in one byte, three that mean nothing, the length in four, the text.
  for (let at = 0; at + 8 <= frames.length; at += 8 + frames.readUInt32BE(at + 4))
    texts.push(frames.subarray(at + 8, at + 8 + frames.readUInt32BE(at + 4)));
  return Buffer.concat(texts).toString("utf8").split("\n").filter(Boolean);
}

function dockerCopy(stack: string, service: ServiceName, ordinal: number): Copy {
  const name = copyName(service, ordinal);
  const container = engine.getContainer(physicalName(stack, name));
  const state = async () => (await container.inspect()).State;
  const cables = async (direction: "up" | "down") => {
    for (const cable of await hostEnds((await state()).Pid)) await run("ip", ["link", "set", cable, direction]);
  };
  return {
    name,
    service,
    host: name,
    exec: (command, options) => execIn(container, command, options),
    kill: async () => {
      if ((await state()).Running) await container.kill();
    },
    stop: async () => {
      if ((await state()).Running) await container.stop();
    },
    start: async () => {
      if (!(await state()).Running) await container.start();
    },
    pause: async () => {
      if (!(await state()).Paused) await container.pause();
    },
    unpause: async () => {
      if ((await state()).Paused) await container.unpause();
    },
    cut: () => cables("down"),
    heal: () => cables("up"),
    isReady: async () => {
      const { Running, Paused, Health } = await state();
      return Running && !Paused && (Health === undefined || Health.Status === "healthy");
    },
  };
}

/** The host's interfaces that lead to a process's network namespace: inside, `eth0@if12` ends at the host's number 12. */
async function hostEnds(pid: number): Promise<readonly string[]> {
  const { stdout } = await run("nsenter", ["--target", String(pid), "--net", "ip", "-json", "link", "show"]);
  const peers = new Set((JSON.parse(stdout) as { link_index?: number }[]).map(({ link_index }) => link_index));
  const names = await readdir("/sys/class/net");
  const indexes = await Promise.all(
    names.map(async (name) => Number(await readFile(`/sys/class/net/${name}/ifindex`, "utf8"))),
  );
  return names.filter((name, i) => name.startsWith("veth") && peers.has(indexes[i]));
}

/** A client with the tools of the MinIO image. */
async function visit(stack: string, networks: readonly Network[]): Promise<Visitor> {
  const [first, ...others] = networks.map((network) => physicalName(stack, network));
  if (first === undefined) throw new Error("a visitor needs a network");
  const { Image } = await engine.getContainer(physicalName(stack, copyName("minio", 0))).inspect();
  const container = await engine.createContainer({
    Image,
    Cmd: ["sleep", "infinity"],
    Env: ["HOME=/tmp"],
    // What a killed run left is removed with the stack: it would hold on to the networks.
    Labels: stackLabels(stack),
    HostConfig: { NetworkMode: first, Init: true, AutoRemove: true, CapDrop: ["ALL"] },
  });
  for (const network of others) await engine.getNetwork(network).connect({ Container: container.id });
  await container.start();
  return {
    name: `visitor of ${networks.join(", ")}`,
    exec: (command, options) => execIn(container, command, options),
    remove: () => container.remove({ force: true }),
  };
}

async function execIn(
  container: Docker.Container,
  command: readonly string[],
  { input, env = {} }: ExecOptions = {},
): Promise<Executed> {
  const exec = await container.exec({
    Cmd: [...command],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdin: input !== undefined,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: input !== undefined });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  engine.modem.demuxStream(stream, stdout, stderr);
  const texts = Promise.all([text(stdout), text(stderr)]);
  stream.once("close", () => {
    stdout.end();
    stderr.end();
  });
  if (input !== undefined) stream.end(input);
  const [out, err] = await texts;
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? -1, stdout: out, stderr: err };
}

async function text(stream: PassThrough): Promise<string> {
  let all = "";
  for await (const piece of stream.setEncoding("utf8")) all += piece;
  return all;
}
