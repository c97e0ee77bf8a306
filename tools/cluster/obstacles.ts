// Why a cluster cannot run on this machine: everything that is in the way, before anything is changed.
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../infra/lib/errors";
import { run } from "../run";
import { overlaps } from "./ranges";
import { NETWORK } from "./settings";

/** Everything in the way of a cluster; nothing when it can start. */
export async function obstacles(): Promise<readonly Problem[]> {
  if (process.platform !== "linux") return [problem("it needs Linux, this is another system", "use a Linux machine")];
  if (process.getuid?.() !== 0) return [problem("only root can make its namespaces and control groups", "run as root")];
  return [...programs(), ...controlGroups(), ...(await rangesInUse())];
}

function problem(fact: string, hint: string): Problem {
  return { path: "cluster", fact, hint };
}

function programs(): readonly Problem[] {
  const folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];
  return [
    ["unshare", "util-linux"],
    ["nsenter", "util-linux"],
    ["mount", "mount"],
    ["ip", "iproute2"],
    ["sysctl", "procps"],
  ].flatMap(([name = "", source = ""]) =>
    folders.some((folder) => existsSync(join(folder, name)))
      ? []
      : [problem(`${name} is missing`, `apt-get install ${source}`)],
  );
}

function controlGroups(): readonly Problem[] {
  const hierarchy = existsSync("/sys/fs/cgroup/cgroup.controllers") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
  try {
    accessSync(hierarchy, constants.W_OK);
    return [];
  } catch {
    return [problem(`control groups cannot be made in ${hierarchy}`, "use a machine, or a container with privileges")];
  }
}

/** Addresses of the cluster that the machine already has a way to. */
async function rangesInUse(): Promise<readonly Problem[]> {
  const routes = JSON.parse(await run(["ip", "-json", "-4", "route", "show"])) as readonly {
    dst: string;
    dev?: string;
  }[];
  const taken = routes.filter(({ dst, dev }) => dst !== "default" && dev !== NETWORK.cable);
  return [NETWORK.pods, NETWORK.services, NETWORK.balancers, `${NETWORK.host}/${NETWORK.prefix}`].flatMap((range) =>
    taken
      .filter(({ dst }) => overlaps(dst, range))
      .map(({ dst, dev = "?" }) =>
        problem(`${range} is in use: this machine reaches ${dst} through ${dev}`, "stop what made it"),
      ),
  );
}
