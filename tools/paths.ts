// Where things lie on this machine. Three places: the project, its private state, and a cache that checkouts share.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The project's root: the nearest folder above this file that holds Pulumi.yaml (the code runs from `dist/` or as it is). */
export const ROOT = findRoot(__dirname);

/** What belongs to this checkout alone and is never committed: Pulumi's home, local state, passphrase, reports. */
export const PRIVATE = join(ROOT, ".groundwork");

/** What any checkout may reuse: built tools and downloads. `GROUNDWORK_CACHE` moves it. */
export const CACHE =
  process.env.GROUNDWORK_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "groundwork");

function findRoot(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, "Pulumi.yaml"))) return dir;
    if (dir === dirname(dir)) throw new Error(`${from}: no Pulumi.yaml in any folder above`);
  }
}
