// How each tool is built with Go, as values: argument lists, environment, and the hash that names the result.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT } from "./paths";
import { type Arch, TOOLS, type ToolName, type ToolPin } from "./pins";

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

/** Changes whenever another tool would come out: another pin, module, build flag or architecture. */
export function recipeHash(name: ToolName, root = ROOT): string {
  const pin: ToolPin = TOOLS[name];
  const recipe = [arch(), pin.version, GO_ENVIRONMENT, buildArgs(pin, name), pin.release?.(arch())];
  const hash = createHash("sha256").update(JSON.stringify(recipe));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(moduleFolder(name, root), file)));
  return hash.digest("hex").slice(0, 16);
}

/** The folder that an installed tool has for itself. */
export function toolHome(name: ToolName): string {
  return join(CACHE, "tools", `${name}-${TOOLS[name].version}-${recipeHash(name)}`);
}

/** The tool's program, whether it is installed yet or not. */
export function toolPath(name: ToolName): string {
  return join(toolHome(name), name);
}

function tagFlags(tags: readonly string[]): string[] {
  return tags.length === 0 ? [] : [`-tags=${tags.join(",")}`];
}
