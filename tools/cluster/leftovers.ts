// What a cluster can leave on the machine, looked for one by one: after `down` there must be nothing.
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "../run";
import { sandbox } from "./sandbox";
import { CGROUP, HOME, NETWORK, PLACES } from "./settings";

const CGROUPS = "/sys/fs/cgroup";

/** Everything of a cluster that is on this machine, one line each. */
export async function leftovers(): Promise<readonly string[]> {
  const [links, routes] = await Promise.all([run(["ip", "-brief", "link", "show"]), run(["ip", "route", "show"])]);
  const ours = new RegExp(`\\b${NETWORK.cable}\\b|${NETWORK.pods}|${NETWORK.services}|${NETWORK.balancers}`);
  const lines = (kind: string, text: string, wanted: RegExp) =>
    text.split("\n").flatMap((line) => (wanted.test(line) ? [`${kind}: ${line.trim()}`] : []));
  return [
    ...(sandbox() === undefined ? [] : ["namespaces"]),
    ...(existsSync(HOME) ? [`folder: ${HOME}`] : []),
    ...lines("link", links, ours),
    ...lines("route", routes, ours),
    ...lines("mount", readFileSync("/proc/self/mounts", "utf8"), new RegExp(HOME)),
    ...[...new Set(processes())].map((program) => `process: ${program}`),
    ...controlGroups().map((path) => `control group: ${path}`),
  ];
}

/** The cluster's control groups, one in each hierarchy of version 1, or in the only one of version 2. */
export function controlGroups(): readonly string[] {
  return hierarchies()
    .map((path) => join(path, CGROUP))
    .filter((path) => existsSync(path));
}

/** Where control groups of the cluster belong: one folder for each hierarchy. */
export function hierarchies(): readonly string[] {
  if (existsSync(join(CGROUPS, "cgroup.controllers"))) return [CGROUPS];
  return readdirSync(CGROUPS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(CGROUPS, name));
}

/** Removes a control group with all below it; they must have no process left. */
export function removeControlGroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeControlGroup(join(path, entry.name));
  rmdirSync(path);
}

/** Takes away the folders of `PLACES` that only the cluster needed: those that are empty. */
export function removePlaces(): void {
  for (const place of PLACES) {
    try {
      rmdirSync(place);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (!["ENOENT", "ENOTEMPTY", "EBUSY"].includes(code)) throw error;
    }
  }
}

/** Names of programs that were started with a path of the cluster. */
export function processes(): readonly string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .map(argvOf)
    .filter((argv) => argv.some((argument) => argument.includes(`${HOME}/`)))
    .map(([program = ""]) => basename(program));
}

function argvOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // it has ended meanwhile
  }
}
