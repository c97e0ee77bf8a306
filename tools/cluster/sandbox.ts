// The cluster's namespaces: its network, mounts and processes are its own. Ending their first process ends and unmounts
// everything in them, whatever state it was in; that is the whole of the clean-up.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../atomic-file";
import { identity } from "../lock";
import { run } from "../run";
import { behind, HOME, LOGS, NETWORK, PLACES } from "./settings";
import { until } from "./until";

/** Names the process that holds the namespaces. */
const HOLDER = join(HOME, "sandbox");

/** The first process: bash reaps whatever loses its parent. */
const INIT = ["bash", "-c", "while :; do sleep infinity & wait; done"];

/** Process id, as the host sees it, of the first process inside; undefined when there is no sandbox. */
export function sandbox(): number | undefined {
  const holder = holderPid();
  return holder === undefined ? undefined : childOf(holder);
}

/** The command that runs `argv` inside. */
export function inside(argv: readonly string[]): [string, ...string[]] {
  return ["nsenter", "--target", String(sandbox() ?? 0), "--net", "--mount", "--pid", "--", ...argv];
}

/** Makes the namespaces, their mounts and the cable to the host. */
export async function startSandbox(): Promise<void> {
  mkdirSync(HOME, { recursive: true });
  const child = spawn("unshare", ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", ...INIT], {
    detached: true,
    stdio: "ignore",
  });
  child.unref();
  const pid = child.pid as number;
  replaceFile(HOLDER, identity(pid) ?? "");
  const init = await until("the namespaces", 10, async () => childOf(pid));
  // `unshare` forks before the new process has mounted its /proc.
  await until("the namespaces' /proc", 10, async () => (await run(inside(["cat", "/proc/1/comm"]))) === "bash");
  for (const place of PLACES) {
    for (const folder of [place, behind(place)]) mkdirSync(folder, { recursive: true });
    await run(inside(["mount", "--bind", behind(place), place]));
  }
  await connect(init);
}

/** Starts a program inside that goes on when this process ends. Its output goes to a log of its own. */
export function startDaemon(name: string, argv: readonly string[]): ChildProcess {
  mkdirSync(LOGS, { recursive: true });
  const log = openSync(join(LOGS, `${name}.log`), "w");
  const [program, ...args] = inside(argv);
  const child = spawn(program, args, { cwd: HOME, detached: true, stdio: ["ignore", log, log] });
  child.unref();
  return child;
}

/** Ends everything inside and waits until the kernel has let go of it. */
export async function endSandbox(): Promise<void> {
  const holder = holderPid();
  const init = holder === undefined ? undefined : childOf(holder);
  for (const pid of [init, holder]) if (pid !== undefined) end(pid);
  await until("the cluster's processes to end", 30, async () => [init, holder].every((pid) => !pid || !identity(pid)));
  await until("the cluster's network to be gone", 30, async () => !(await hasCable()));
  rmSync(HOLDER, { force: true });
}

/** Whether the host's end of the cable is there. */
export async function hasCable(): Promise<boolean> {
  const links = JSON.parse(await run(["ip", "-json", "link", "show"])) as readonly { ifname: string }[];
  return links.some(({ ifname }) => ifname === NETWORK.cable);
}

/** The host reaches pods and services through the node; the cluster has no way beyond the host. */
async function connect(init: number): Promise<void> {
  const { cable, host, node, prefix, pods, services, balancers } = NETWORK;
  const outside: readonly string[] = [
    `link add ${cable} type veth peer name eth0 netns ${init}`,
    `address add ${host}/${prefix} dev ${cable}`,
    `link set ${cable} up`,
  ];
  const within = [
    "link set lo up",
    `address add ${node}/${prefix} dev eth0`,
    "link set eth0 up",
    `route add default via ${host}`,
  ];
  for (const args of outside) await run(["ip", ...args.split(" ")]);
  for (const args of within) await run(inside(["ip", ...args.split(" ")]));
  for (const range of [pods, services, balancers]) await run(["ip", "route", "add", range, "via", node]);
  // Pods share a bridge; without the second setting their packets to each other would pass no rule.
  await run(["modprobe", "br_netfilter"]).catch(() => undefined);
  await run(inside(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1"]));
}

function holderPid(): number | undefined {
  try {
    const holder = readFileSync(HOLDER, "utf8");
    const pid = Number.parseInt(holder, 10);
    return identity(pid) === holder ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function childOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return child ? Number(child) : undefined;
  } catch {
    return undefined; // it has ended
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
