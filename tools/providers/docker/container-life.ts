// From "started" to "does its work" or "did it": waiting for health or for the end, and the words when neither comes.
import type { Container, ContainerInspectInfo } from "dockerode";
import type { ContainerInputs } from "./container-options";
import { Failure, until } from "./engine";

/** Lines of a container's log that an error repeats. */
const LOG_LINES = 10;
/** What one repeated line may take. */
const LINE_LENGTH = 300;

interface Waiting {
  readonly name: string;
  readonly inputs: ContainerInputs;
  readonly signal: AbortSignal;
}

/** Starts the container and waits as its inputs ask. Returns the job's log when it is to be kept. */
export async function run(container: Container, waiting: Waiting): Promise<string | undefined> {
  const { inputs, signal, name } = waiting;
  if (!inputs.attach) {
    await container.start();
    if (inputs.wait) await becomeHealthy(container, waiting);
    else if (inputs.mustRun !== false) await expectAlive(container, name, await container.inspect());
    return undefined;
  }
  const exit = container.wait({ condition: "next-exit", abortSignal: signal });
  // Awaited below; until then a failure to start is the one to report.
  exit.catch(() => undefined);
  await container.start();
  const { StatusCode: code } = (await exit) as { readonly StatusCode: number };
  if (code !== 0) throw new Failure(`container ${name}: exited with code ${code}${await lastWords(container)}`);
  return inputs.logs ? await logText(container) : undefined;
}

/** Waits until the health check passes; `waitTimeout` seconds at most. */
export async function becomeHealthy(container: Container, { name, inputs, signal }: Waiting): Promise<void> {
  const seconds = inputs.waitTimeout ?? 60;
  const healthy = await until(
    async () => {
      const now = await container.inspect();
      await expectAlive(container, name, now);
      return now.State.Health?.Status === "healthy" ? true : undefined;
    },
    { seconds, signal },
  );
  if (healthy) return;
  const { State: state } = await container.inspect();
  const last = state.Health?.Log.at(-1);
  const health = last ? `\n  health: exit ${last.ExitCode}: ${oneLine(last.Output)}` : "";
  throw new Failure(
    `container ${name}: is not healthy after ${seconds} s, but ${state.Status}${health}${await lastWords(container)}`,
  );
}

async function expectAlive(container: Container, name: string, { State: state }: ContainerInspectInfo): Promise<void> {
  if (state.Running || state.Restarting) return;
  const why = state.OOMKilled ? ", out of memory" : "";
  throw new Failure(`container ${name}: stopped with code ${state.ExitCode}${why}${await lastWords(container)}`);
}

/** The end of the log as the lines of an error. */
async function lastWords(container: Container): Promise<string> {
  const lines = (await logText(container, LOG_LINES)).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => `\n  log: ${oneLine(line)}`).join("");
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ").slice(0, LINE_LENGTH);
}

/** The container's output; empty where the log driver keeps none that can be read. */
async function logText(container: Container, tail?: number): Promise<string> {
  try {
    const { Config } = await container.inspect();
    const log = await container.logs({ stdout: true, stderr: true, follow: false, ...(tail && { tail }) });
    return Config.Tty ? log.toString() : withoutFrames(log);
  } catch {
    return "";
  }
}

/** The engine's log stream puts eight bytes before each piece: stream number, three zeros, length. */
export function withoutFrames(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}
