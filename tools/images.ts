// The names of our images: a tag is the hash of everything that goes into the image, so an unchanged tree builds nothing.
// The Pulumi program reads this file too; it must stay quick to load.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { BUILT_IMAGES, type BuiltImage, type BuiltImageName } from "../infra/catalogue/images";
import { refuse } from "../infra/lib/errors";
import { ROOT } from "./paths";
import { BASE } from "./pins";
import { recipeHash } from "./recipe";

/** One file of a build context. */
export interface ContextFile {
  /** Its path in the build context, with slashes. */
  readonly name: string;
  /** 0755 or 0644, so that the umask of a checkout does not matter. */
  readonly mode: number;
  readonly path: string;
}

/** The tag of every image that is built here, e.g. `groundwork/etcd:0123456789abcdef`. Reads files only. */
export function imageTags(root = ROOT): Record<BuiltImageName, string> {
  const names = Object.keys(BUILT_IMAGES) as BuiltImageName[];
  const folders = names
    .map((name) => `images/${name}`)
    .filter((folder) => !existsSync(join(root, folder, "Dockerfile")));
  refuse(
    folders.map((path) => ({ path, fact: "no Dockerfile", hint: `write ${path}/Dockerfile, or restore it from git` })),
  );
  return Object.fromEntries(names.map((name) => [name, imageTag(name, root)])) as Record<BuiltImageName, string>;
}

/** The files of `images/<name>/`, sorted by path. */
export function contextFiles(name: BuiltImageName, root = ROOT): ContextFile[] {
  const folder = join(root, "images", name);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      name: relative(folder, path),
      mode: statSync(path).mode & 0o100 ? 0o755 : 0o644,
      path,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function imageTag(name: BuiltImageName, root: string): string {
  const { tools }: BuiltImage = BUILT_IMAGES[name];
  const hash = createHash("sha256").update(JSON.stringify([BASE.suite, tools.map((tool) => recipeHash(tool, root))]));
  for (const file of contextFiles(name, root)) {
    const content = readFileSync(file.path);
    hash.update(JSON.stringify([file.name, file.mode, content.length])).update(content);
  }
  return `groundwork/${name}:${hash.digest("hex").slice(0, 16)}`;
}
