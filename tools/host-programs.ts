// The programs that the host brings, or that the launcher installed: Node, npm, and Go for building tools. Only looked at.
import { findGo, goVersion } from "./go";
import { CACHE } from "./paths";
import { GO, NODE, NPM } from "./pins";
import { run } from "./run";
import type { ToolStatus } from "./toolchain";

/** Node, npm and Go as this process finds them. */
export function inspectHost(): Promise<ToolStatus[]> {
  return Promise.all([inspectNode(), inspectNpm(), inspectGo()]);
}

async function inspectNode(): Promise<ToolStatus> {
  const origin = process.execPath.startsWith(CACHE) ? "official" : "host";
  return { name: "node", wanted: NODE, version: process.versions.node, origin, path: process.execPath };
}

async function inspectNpm(): Promise<ToolStatus> {
  const version = await run(["npm", "--version", "--loglevel=silent"]).catch(() => undefined);
  if (version === undefined) return { name: "npm", wanted: NPM, origin: "missing", hint: "apt-get install npm" };
  return { name: "npm", wanted: NPM, version, origin: version === NPM ? "official" : "host" };
}

/** Needed by nobody whose tools are installed. */
async function inspectGo(): Promise<ToolStatus> {
  const wanted = `${GO} or newer`;
  const path = findGo();
  if (path === undefined) {
    const hint = "apt-get install golang-go; it is needed only to build what cannot be downloaded";
    return { name: "go", wanted, origin: "missing", hint };
  }
  return { name: "go", wanted, version: await goVersion(path), origin: "host", path };
}
