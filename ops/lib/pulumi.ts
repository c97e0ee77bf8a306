// The Pulumi engine as this checkout runs it: its surroundings, and one run of its CLI.
// Runs happen in a private copy of the project, because the CLI writes the encryption salt into the stack file that it
// finds there; the committed file stays as it is. The salt's one true copy is in the state.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import { stackFile } from "../../infra/stack-file";
import { createFile, replaceFile } from "../../tools/atomic-file";
import { PRIVATE, ROOT } from "../../tools/paths";
import { toolPath } from "../../tools/recipe";
import { failure, unable } from "./failure";
import { NamelessFile } from "./follow";

const BIN = join(PRIVATE, "bin");
const STATE = join(PRIVATE, "state");
/**
 * Without the parameter every file has one for its attributes beside it, which is not written in one piece: a run killed at
 * that moment would leave a folder that cannot be read at all.
 */
const STATE_URL = `${pathToFileURL(STATE).href}?metadata=skip`;
const PASSPHRASE = join(PRIVATE, "passphrase");
const WORKSPACE = join(PRIVATE, "workspace");

/** Stacks that live and die on one machine: their state never leaves this checkout, whatever the shell says. */
export const MACHINE_STACKS: readonly string[] = ["local", "test"];

/** Variables that a plain `pulumi` needs beside those of the user's shell, and those that must not be set. */
export interface PulumiVariables {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** What differs from `from`, the user's environment, when Pulumi works on `stack`. */
export function pulumiVariables(stack: string, from: NodeJS.ProcessEnv = process.env): PulumiVariables {
  const ours = MACHINE_STACKS.includes(stack);
  const ownPassphrase = !ours && (from.PULUMI_CONFIG_PASSPHRASE ?? from.PULUMI_CONFIG_PASSPHRASE_FILE) !== undefined;
  const ownBackend = ours ? undefined : from.PULUMI_BACKEND_URL;
  return {
    set: {
      PATH: withFirst(BIN, from.PATH ?? ""),
      PULUMI_HOME: join(PRIVATE, "pulumi"),
      PULUMI_BACKEND_URL: ownBackend ?? STATE_URL,
      ...(!ownPassphrase && { PULUMI_CONFIG_PASSPHRASE_FILE: PASSPHRASE }),
      // The state knows which key it is encrypted with; the stack file need not.
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
      PULUMI_SUPPRESS_NEO_LINK: "true",
      NODE_COMPILE_CACHE: join(PRIVATE, "compile-cache"),
    },
    unset: ownPassphrase ? [] : ["PULUMI_CONFIG_PASSPHRASE"],
  };
}

/** The whole environment for a Pulumi process on `stack`. */
export function pulumiEnvironment(stack: string, from: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const { set, unset } = pulumiVariables(stack, from);
  const kept = Object.entries(from).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !unset.includes(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...set };
}

/** Whether `stack` is encrypted by this checkout's own passphrase, which nobody else has. */
export function isOwnPassphrase(stack: string): boolean {
  return pulumiVariables(stack).set.PULUMI_CONFIG_PASSPHRASE_FILE === PASSPHRASE;
}

/** The folder of a `file://` backend; undefined for every other backend. */
export function stateFolder(stack: string): string | undefined {
  const url = pulumiEnvironment(stack).PULUMI_BACKEND_URL;
  return url?.startsWith("file://") ? decodeURIComponent(new URL(url).pathname) : undefined;
}

function withFirst(folder: string, path: string): string {
  return [folder, ...path.split(":").filter((entry) => entry !== folder && entry !== "")].join(":");
}

/**
 * Makes what a run on `stack` needs: state folder, passphrase, and a fresh private copy of the project and stack file.
 * Says whether a passphrase was created. Throws a `Failure` if state exists whose passphrase is gone.
 */
export function prepareWorkspace(stack: string): { readonly passphraseCreated: boolean } {
  const folder = stateFolder(stack);
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const passphraseCreated = isOwnPassphrase(stack) && createPassphrase();
  writeProject();
  replaceFile(workspaceFile(stack), readFileSync(join(ROOT, stackFile(stack)), "utf8"));
  return { passphraseCreated };
}

/** The private copy of a stack's file, where the CLI may write. */
export function workspaceFile(stack: string): string {
  return join(WORKSPACE, basename(stackFile(stack)));
}

function createPassphrase(): boolean {
  if (existsSync(PASSPHRASE)) return false;
  if (existsSync(join(STATE, ".pulumi", "stacks")))
    throw unable(
      ".groundwork/passphrase",
      "is missing, and .groundwork/state cannot be read without it",
      "restore the file; or give the state up: remove .groundwork/state, then run ./groundwork down",
    );
  return createFile(PASSPHRASE, `${randomBytes(32).toString("base64url")}\n`, 0o600);
}

/** Pulumi.yaml with its paths made absolute, since the copy lies elsewhere. */
function writeProject(): void {
  const project = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8"));
  const { stackConfigDir: _, ...rest } = project;
  const absolute = (path: string) => (isAbsolute(path) ? path : join(ROOT, path));
  replaceFile(join(WORKSPACE, "Pulumi.yaml"), stringify({ ...rest, main: absolute(project.main) }));
}

/** The arguments of every call: where, on which stack, and never asking. */
function baseArguments(stack: string, verb: readonly string[], folder = WORKSPACE): string[] {
  return ["--cwd", folder, "--non-interactive", "--color", "never", ...verb, "--stack", stack];
}

export interface PulumiOptions {
  /** What the CLI reads from its standard input. @default nothing */
  readonly input?: string;
  /** Where the project lies. @default the private copy of this one */
  readonly folder?: string;
}

/** Runs `pulumi <verb>` and returns what it printed. Throws a `Failure` with the CLI's own words. */
export async function pulumi(
  stack: string,
  verb: readonly string[],
  { input = "", folder }: PulumiOptions = {},
): Promise<string> {
  return runCli(stack, baseArguments(stack, verb, folder), input);
}

async function runCli(stack: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(toolPath("pulumi"), args, { env: pulumiEnvironment(stack), stdio: "pipe" });
  const [out, err] = [text(child, "stdout"), text(child, "stderr")];
  child.stdin?.end(input);
  const code = await exitOf(child);
  if (code !== 0) throw failure(`stack ${stack}`, lastWords(await err, await out));
  return out;
}

/** Creates the stack's empty state if there is none, encrypted as its file says. */
export async function ensureStack(stack: string): Promise<void> {
  if (await stackExists(stack)) return;
  const { secretsprovider } = parse(readFileSync(workspaceFile(stack), "utf8")) ?? {};
  const provider = typeof secretsprovider === "string" ? [`--secrets-provider=${secretsprovider}`] : [];
  await pulumi(stack, ["stack", "init", "--no-select", ...provider]);
}

/** Whether state for `stack` exists. */
export async function stackExists(stack: string): Promise<boolean> {
  const all: { name: string }[] = JSON.parse(
    await runCli(stack, ["--cwd", WORKSPACE, "--non-interactive", "stack", "ls", "--json"], ""),
  );
  return all.some(({ name }) => name === stack);
}

/** One line of the engine's event stream. */
export type EngineEvent = Readonly<Record<string, unknown>> & { readonly sequence: number };

/**
 * Runs `pulumi up|destroy|refresh … --json`, hands every engine event to `onEvent`, and returns the exit code.
 * The events go through a nameless file, so that the engine ends its work in good order even if this process is killed.
 * The first SIGINT or SIGTERM asks the engine to stop after what is in flight, the second kills it.
 */
export async function pulumiEvents(
  stack: string,
  verb: readonly [string, ...string[]],
  onEvent: (event: EngineEvent) => void,
  onStopping?: () => void,
): Promise<{ readonly code: number; readonly stopped: boolean; readonly stderr: string }> {
  const [out, err] = [new NamelessFile(), new NamelessFile()];
  const child = spawn(toolPath("pulumi"), baseArguments(stack, [...verb, "--json"]), {
    env: pulumiEnvironment(stack),
    stdio: ["ignore", out.writer, err.writer],
    // Its own process group: a terminal's Ctrl-C reaches it once, through `stop`, and not twice.
    detached: true,
  });
  let signals = 0;
  const stop = () => {
    signals += 1;
    if (signals === 1) onStopping?.();
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(signals === 1 ? child.pid : -child.pid, signals === 1 ? "SIGINT" : "SIGKILL");
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const exit = exitOf(child);
    const said: string[] = [];
    await out.follow(exit, (line) => {
      const event = parseEvent(line);
      if (event !== undefined) onEvent(event);
    });
    await err.follow(exit, (line) => said.push(line));
    return { code: await exit, stopped: signals > 0, stderr: said.join("\n").trim() };
  } finally {
    process.removeListener("SIGINT", stop).removeListener("SIGTERM", stop);
    out.close();
    err.close();
  }
}

/** An event, or undefined for other output such as warnings. */
function parseEvent(line: string): EngineEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function text(child: ChildProcess, stream: "stdout" | "stderr"): Promise<string> {
  let all = "";
  for await (const piece of child[stream]?.setEncoding("utf8") ?? []) all += piece;
  return all;
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT" ? unable("pulumi", "is not installed", "run ./groundwork doctor to see why") : error,
      ),
    );
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** The CLI's error in one line; its colour marks and its `error: ` prefix say nothing here. */
function lastWords(...streams: readonly string[]): string {
  const lines = streams.flatMap((stream) => stream.split("\n")).filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => line.startsWith("error: "));
  return (errors[0] ?? lines.at(-1) ?? "ended without a word").replace(/^error: /, "");
}
