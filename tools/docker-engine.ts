// The Docker engine and the base image. An engine that answers is used as it is; else Debian's is installed and started.
import { spawn } from "node:child_process";
import { createReadStream, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Docker from "dockerode";
import type { ListrTask } from "listr2";
import { invalid } from "../infra/lib/errors";
import { installPackages } from "./debian";
import { locked } from "./lock";
import { CACHE } from "./paths";
import { BASE } from "./pins";
import { run } from "./run";

const [repo, tag] = BASE.image.split(":") as [string, string];

type Report = (line: string) => void;

/** Milliseconds that a started engine has to answer. */
const START = 60_000;
/** Milliseconds that a registry has to begin sending. */
const REGISTRY = 20_000;
/** Where dockerd writes when no systemd keeps its log. */
const LOG = "/var/log/dockerd.log";

/** Makes sure that a Docker engine answers. Only on Debian and as root it installs and starts one. */
export function dockerTask(): ListrTask {
  return {
    title: "Docker engine",
    task: async (_, task) => {
      const report = (line: string) => {
        task.output = line;
      };
      const start = async () => (await engineVersion()) ?? (await startEngine(report));
      task.title += ` ${(await engineVersion()) ?? (await locked(join(CACHE, "docker.lock"), start))}`;
    },
  };
}

/** What a socket says behind which no engine runs. An engine that is only slow must not be started a second time. */
const NO_ENGINE = ["ENOENT", "ECONNREFUSED", "ECONNRESET"];

/** The version of the engine that `DOCKER_HOST`, or else the usual socket, leads to; undefined when there is none. */
export async function engineVersion(): Promise<string | undefined> {
  try {
    return (await new Docker({ timeout: 30_000 }).version()).Version;
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (NO_ENGINE.includes(code)) return undefined;
    if (code === "EACCES")
      throw invalid("docker", "this user may not use the engine's socket", "run as root, or join the group docker");
    throw invalid("docker", `the engine does not answer: ${message}`, "look at its log: journalctl -u docker");
  }
}

/** Makes sure that the base image is there: from a registry when one answers, else from Debian's packages. */
export function baseImageTask(): ListrTask {
  return {
    title: `base image ${BASE.image}`,
    task: async (_, task) => {
      const report = (line: string) => {
        task.output = line;
      };
      const docker = new Docker();
      const make = async () => {
        if (await hasImage(docker, BASE.image)) return;
        report(`pulling ${BASE.official}`);
        const reason = await pullBase(docker);
        if (reason === undefined) return;
        report(`${reason}; making it from Debian's packages`);
        await bootstrapBase(docker, report);
      };
      if (!(await hasImage(docker, BASE.image))) await locked(join(CACHE, "base.lock"), make);
    },
  };
}

/** Whether the engine has an image of that name. */
export async function hasImage(docker: Docker, tag: string): Promise<boolean> {
  try {
    await docker.getImage(tag).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** One event of a pull, an import or a build. */
export interface EngineEvent {
  /** Text of a build log; it may hold several lines. */
  readonly stream?: string;
  /** Why the engine gave up. */
  readonly error?: string;
}

/** Reads the events of an engine's work to the end. The engine tells a failure as one of them; here it is an error. */
export function follow(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onEvent?: (event: EngineEvent) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let told: Error | undefined;
    const ended = (failure: Error | null) => {
      const error = failure ?? told;
      if (error === undefined) resolve();
      else reject(error);
    };
    docker.modem.followProgress(stream, ended, (event: EngineEvent) => {
      if (event.error !== undefined) told = new Error(event.error);
      onEvent?.(event);
    });
  });
}

async function startEngine(report: Report): Promise<string> {
  const { DOCKER_HOST } = process.env;
  if (DOCKER_HOST)
    throw invalid("docker", `no engine answers at DOCKER_HOST=${DOCKER_HOST}`, "start it, or unset DOCKER_HOST");
  if (process.getuid?.() !== 0)
    throw invalid("docker", "no engine answers, and only root can start one", "run as root: systemctl start docker");
  if (!existsSync("/usr/sbin/dockerd") && !existsSync("/usr/bin/dockerd")) {
    report("installing Debian's docker.io");
    await installPackages("docker", ["docker.io", "ca-certificates"], report);
  }
  report("starting dockerd");
  const failed = existsSync("/run/systemd/system") ? await startBySystemd() : startDetached();
  for (const deadline = Date.now() + START; Date.now() < deadline; await pause(200)) {
    const version = await engineVersion();
    if (version !== undefined) return version;
    const failure = failed();
    if (failure !== undefined) throw invalid("dockerd", failure, "what it said last names the cause");
  }
  throw invalid("dockerd", `does not answer after ${START / 1000} s`, `read ${LOG}, or journalctl -u docker`);
}

/** The package may have started it already; systemd then does nothing. */
async function startBySystemd(): Promise<() => undefined> {
  await run(["systemctl", "start", "docker"], { hint: "journalctl -u docker tells more" });
  return () => undefined;
}

/** Starts dockerd in a session of its own, so that it outlives this command. Returns a question: has it failed? */
function startDetached(): () => string | undefined {
  const log = openSync(LOG, "a");
  const engine = spawn("dockerd", [], { detached: true, stdio: ["ignore", log, log] });
  engine.unref();
  let failure: string | undefined;
  engine.once("error", ({ message }) => {
    failure = message;
  });
  engine.once("exit", (code) => {
    const last = readFileSync(LOG, "utf8").trimEnd().split("\n").slice(-5);
    failure = [`ended with exit code ${code}`, ...last].join("\n    ");
  });
  return () => failure;
}

/** Pulls the official image and gives it our name. Returns why that was not possible, or undefined when it was. */
async function pullBase(docker: Docker): Promise<string | undefined> {
  const request = new AbortController();
  const timer = setTimeout(() => request.abort(), REGISTRY);
  try {
    const stream = await docker.pull(BASE.official, { abortSignal: request.signal });
    await follow(docker, stream, () => clearTimeout(timer));
    await docker.getImage(BASE.official).tag({ repo, tag });
    return undefined;
  } catch (error) {
    return request.signal.aborted ? "no registry answers" : `no registry: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}

/** The archive is written to its end before the engine reads it: half a system must not become an image. */
async function bootstrapBase(docker: Docker, report: Report): Promise<void> {
  if (!existsSync("/usr/bin/mmdebstrap")) await installPackages("mmdebstrap", ["mmdebstrap"], report);
  const archive = join(CACHE, "base.tar");
  try {
    await run(["mmdebstrap", "--variant=minbase", BASE.suite, archive], { report });
    const stream = await docker.importImage(createReadStream(archive), { repo, tag });
    await follow(docker, stream);
  } finally {
    rmSync(archive, { force: true });
  }
}
