// Installs the engine's plugins: the official ones where they can be had, else those of tools/providers and
// tools/language-host under the same names and versions.
import { execFile } from "node:child_process";
import { closeSync, existsSync, lstatSync, openSync, readFileSync, readlinkSync, readSync, statSync } from "node:fs";
import { chmod, copyFile, link, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ListrTask } from "listr2";
import { PRIVATE, ROOT } from "./paths";
import { PROVIDERS, TOOLS } from "./pins";
import { type Origin, type ToolStatus, toolPath } from "./toolchain";

type ProviderName = keyof typeof PROVIDERS;

/** The plugins' own home, apart from any that the user has. */
const HOME = join(PRIVATE, "pulumi");
const BIN = join(PRIVATE, "bin");

/**
 * Providers that are always ours. The official docker provider puts `uploads` through the container's root directory,
 * which the engine refuses when the root is read-only, as it is in every container of the platform. It can be used once
 * it writes into volumes directly.
 */
const OWN: readonly ProviderName[] = ["docker"];

/** Pulumi's download site. It is asked first, since a download that cannot work would be tried for minutes. */
const SITE = "https://get.pulumi.com/";
const SITE_ANSWERS_WITHIN_MS = 3_000;
const DOWNLOAD_WITHIN_MS = 120_000;

const LANGUAGE_HOST = "pulumi-language-nodejs";

/** One plugin of ours: the program that stands in for the official one. */
interface StandIn {
  readonly path: string;
  /** The compiled program below dist/. */
  readonly program: string;
}

/** Installs every plugin, and the links in .groundwork/bin. Repairs what points to a Node or a checkout that moved. */
export function pluginTask(): ListrTask {
  return {
    title: "plugins",
    task: async (_, task) => {
      const site = once(siteAnswers);
      const names = Object.keys(PROVIDERS) as ProviderName[];
      await mkdir(BIN, { recursive: true });
      await placeCli();
      const origins = await Promise.all([installLanguageHost(), ...names.map((name) => installProvider(name, site))]);
      task.title = origins.includes("offline") ? "plugins (offline)" : "plugins";
    },
  };
}

/** Looks at every plugin; installs nothing. */
export async function inspectPlugins(): Promise<ToolStatus[]> {
  const names = Object.keys(PROVIDERS) as ProviderName[];
  const providers = names.map((name) =>
    statusOf(`pulumi-resource-${name}`, PROVIDERS[name], provider(name), providerOrigin(name)),
  );
  const host = statusOf(LANGUAGE_HOST, TOOLS.pulumi.version, languageHost(), languageHostOrigin());
  return [...providers, host];
}

function statusOf(name: string, wanted: string, { path }: StandIn, origin: Origin): ToolStatus {
  if (origin === "missing") return { name, wanted, origin, hint: "./groundwork up installs it" };
  return { name, wanted, version: wanted, origin, path };
}

async function installProvider(name: ProviderName, site: () => Promise<boolean>): Promise<Origin> {
  const present = providerOrigin(name);
  if (present !== "missing") return present;
  if (!OWN.includes(name) && !existsSync(provider(name).path) && (await site()) && (await download(name)))
    return "official";
  await writeStandIn(provider(name));
  return "offline";
}

async function installLanguageHost(): Promise<Origin> {
  const official = officialLanguageHost();
  if (official) await linkTo(official, languageHost().path);
  else if (languageHostOrigin() === "missing") await writeStandIn(languageHost());
  return official ? "official" : "offline";
}

/** Whether the download site can be reached, and soon. */
async function siteAnswers(): Promise<boolean> {
  try {
    await fetch(SITE, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(SITE_ANSWERS_WITHIN_MS) });
    return true;
  } catch {
    return false;
  }
}

/** Lets the CLI install the official plugin. Says whether it did; nothing is left behind when it did not. */
async function download(name: ProviderName): Promise<boolean> {
  try {
    await promisify(execFile)(toolPath("pulumi"), ["plugin", "install", "resource", name, PROVIDERS[name]], {
      env: { ...process.env, PULUMI_HOME: HOME, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: DOWNLOAD_WITHIN_MS,
      killSignal: "SIGKILL",
    });
  } catch {
    const folder = dirname(provider(name).path);
    await Promise.all([folder, `${folder}.partial`].map((path) => rm(path, { recursive: true, force: true })));
  }
  return providerOrigin(name) === "official";
}

function provider(name: ProviderName): StandIn {
  return {
    path: join(HOME, "plugins", `resource-${name}-v${PROVIDERS[name]}`, `pulumi-resource-${name}`),
    program: join(ROOT, "dist", "tools", "providers", name, "main.js"),
  };
}

function languageHost(): StandIn {
  return { path: join(BIN, LANGUAGE_HOST), program: join(ROOT, "dist", "tools", "language-host", "main.js") };
}

/** The official host comes with the official CLI, in the same folder. */
function officialLanguageHost(): string | undefined {
  const path = join(dirname(toolPath("pulumi")), LANGUAGE_HOST);
  return existsSync(path) ? path : undefined;
}

function providerOrigin(name: ProviderName): Origin {
  const standIn = provider(name);
  if (isStandIn(standIn)) return "offline";
  return !OWN.includes(name) && existsSync(standIn.path) && isBinary(standIn.path) ? "official" : "missing";
}

function languageHostOrigin(): Origin {
  const standIn = languageHost();
  if (officialLanguageHost() && linkedTo(standIn.path) === officialLanguageHost()) return "official";
  return isStandIn(standIn) ? "offline" : "missing";
}

/** Whether ours is installed and still starts: same Node, same checkout. */
function isStandIn(standIn: StandIn): boolean {
  return existsSync(standIn.path) && !isBinary(standIn.path) && readFileSync(standIn.path, "utf8") === script(standIn);
}

/** Official plugins are programs of their own; ours are scripts. */
function isBinary(path: string): boolean {
  const start = Buffer.alloc(4);
  const file = openSync(path, "r");
  readSync(file, start);
  closeSync(file);
  return start.toString("latin1") === "\x7fELF";
}

/** The script that starts one of ours: with the pinned Node, whatever the PATH says. Pure. */
export function script({ path, program }: StandIn, node = process.execPath): string {
  const cache = join(PRIVATE, "compile-cache");
  return [
    "#!/bin/sh",
    `# ${path.slice(path.lastIndexOf("/") + 1)} of this checkout; ./groundwork up writes it anew when either moves.`,
    `export NODE_COMPILE_CACHE="\${NODE_COMPILE_CACHE:-${cache.replaceAll(/["$`\\]/g, "\\$&")}}"`,
    `exec ${quoted(node)} ${quoted(program)} "$@"`,
    "",
  ].join("\n");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function writeStandIn(standIn: StandIn): Promise<void> {
  await mkdir(dirname(standIn.path), { recursive: true });
  const partial = `${standIn.path}.${process.pid}.partial`;
  await writeFile(partial, script(standIn));
  await chmod(partial, 0o755);
  await rename(partial, standIn.path);
}

/**
 * Puts the CLI beside the language host: it looks for the host in its own folder, links resolved, and warns on every run
 * when it finds another on PATH. A hard link takes no room; another file system needs a copy.
 */
async function placeCli(): Promise<void> {
  const [from, to] = [toolPath("pulumi"), join(BIN, "pulumi")];
  const wanted = statSync(from);
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (there?.isFile() && there.size === wanted.size && there.mtimeMs === wanted.mtimeMs) return;
  const partial = `${to}.${process.pid}.partial`;
  await rm(partial, { force: true });
  await link(from, partial).catch(() => copyFile(from, partial));
  await utimes(partial, wanted.atime, wanted.mtime);
  await rename(partial, to);
}

async function linkTo(target: string, path: string): Promise<void> {
  if (linkedTo(path) === target) return;
  const partial = `${path}.${process.pid}.partial`;
  await rm(partial, { force: true });
  await symlink(target, partial);
  await rename(partial, path);
}

function linkedTo(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
