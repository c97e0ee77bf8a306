// Packs a locked tree of npm packages, and the Node that runs it, into one tar that an image unpacks.
import { createWriteStream } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-fs";
import { CACHE } from "./paths";
import type { PackageName } from "./pins";
import { lockFolder, NOT_RUN } from "./recipe";
import { run } from "./run";

/** Installs what tools/npm/<name>/ locks and packs its `node_modules` into the tar `to`. No install script of any package runs. */
export async function packTree(name: PackageName, to: string, report: (line: string) => void): Promise<void> {
  const folder = `${to}.tree`;
  await mkdir(folder, { recursive: true });
  try {
    for (const file of ["package.json", "package-lock.json"])
      await copyFile(join(lockFolder(name), file), join(folder, file));
    report("npm installs its packages");
    const flags = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const hint = "it needs the npm registry; run it again";
    await run(["npm", "ci", ...flags], { cwd: folder, env: await npmEnvironment(), hint });
    report("packing them");
    await pipeline(packFolder(folder), createWriteStream(to));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What runs, under fixed owners and times. */
export function packFolder(folder: string): NodeJS.ReadableStream {
  return pack(folder, {
    entries: ["node_modules"],
    ignore: (path) => NOT_RUN.test(path),
    map: (header) => ({ ...header, uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(0) }),
  });
}

/** The pinned npm would look for the machine's settings, its registry among them, below itself: asks the host's npm where they are. */
async function npmEnvironment(): Promise<NodeJS.ProcessEnv> {
  const { npm_config_globalconfig: stated, PATH = "" } = process.env;
  if (stated !== undefined) return process.env;
  const host = PATH.split(delimiter).filter((folder) => !folder.startsWith(CACHE));
  const ask = ["npm", "config", "get", "globalconfig", "--loglevel=silent"] as const;
  const settings = await run(ask, { env: { ...process.env, PATH: host.join(delimiter) } }).catch(() => "");
  return settings === "" ? process.env : { ...process.env, npm_config_globalconfig: settings };
}
