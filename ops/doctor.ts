// `groundwork doctor`: which tools there are, where each comes from, and what is missing. Changes nothing.

import type { Command } from "commander";
import Docker from "dockerode";
import { formatProblem, type Problem } from "../infra/lib/errors";
import { engineVersion, hasImage } from "../tools/docker-engine";
import { inspectHost } from "../tools/host-programs";
import { imageTags } from "../tools/images";
import { BASE } from "../tools/pins";
import { inspectPlugins } from "../tools/plugins";
import { inspectToolchain, type ToolStatus } from "../tools/toolchain";
import { printJson, type StackOptions, stackCommand } from "./lib/command";
import { EXIT } from "./lib/failure";
import { stackProblems } from "./lib/stack-problems";
import { colour, table } from "./lib/tables";

/** What `--json` prints. */
export interface Diagnosis {
  /** Nothing is missing that this machine needs. */
  readonly complete: boolean;
  readonly tools: readonly ToolStatus[];
  /** What is in the way of the stack: wrong values, taken ports, too little memory. */
  readonly problems: readonly Problem[];
  /** What the platform cannot promise. */
  readonly notes: readonly string[];
}

export function doctorCommand(): Command {
  return stackCommand(
    "doctor",
    "Show every tool, its origin, and what is missing or in the way: 0 nothing, 1 something.",
    [
      ["doctor", "the tools, and what is in the way of stack local"],
      ["doctor -s test --json", "for programs"],
    ],
  ).action(doctor);
}

async function doctor({ stack, json }: StackOptions): Promise<void> {
  const found = await Promise.all([inspectHost(), inspectToolchain(), inspectPlugins(), inspectDocker()]);
  const { problems, notes } = await stackProblems(stack);
  const diagnosis = diagnose(found.flat(), problems, notes);
  if (json) printJson(diagnosis);
  else process.stdout.write(`${report(diagnosis)}\n`);
  process.exitCode = diagnosis.complete ? EXIT.done : EXIT.failed;
}

/** Judges what was found. Go builds tools; where all are installed, nobody misses it. */
export function diagnose(
  tools: readonly ToolStatus[],
  problems: readonly Problem[] = [],
  notes: readonly string[] = [],
): Diagnosis {
  const missing = tools.filter(({ origin }) => origin === "missing").map(({ name }) => name);
  const complete = problems.length === 0 && (missing.length === 0 || missing.join() === "go");
  return { complete, tools, problems, notes };
}

/** The table, and below it what to do about each missing tool. */
export function report({ tools, problems, notes }: Diagnosis): string {
  const rows = tools.map(({ name, wanted, version = "", origin, path = "" }) => [
    name,
    wanted,
    version,
    colour(origin === "missing" ? "red" : "green", origin),
    path,
  ]);
  const hints = tools.flatMap(({ name, hint }) => (hint === undefined ? [] : [`${name}: ${hint}`]));
  const below = [...hints, ...problems.map(formatProblem), ...notes];
  const shown = table(["tool", "wanted", "found", "origin", "path"], rows);
  return [shown, ...(below.length > 0 ? ["", ...below] : [])].join("\n");
}

/** The engine, the base image and our images; without an engine, which images there are cannot be known. */
async function inspectDocker(): Promise<ToolStatus[]> {
  const engine = { name: "docker", wanted: "20.10 or newer" } as const;
  const version = await engineVersion().catch((error: Error) => error);
  if (version === undefined)
    return [{ ...engine, origin: "missing", hint: "./groundwork up, as root, installs and starts Debian's docker.io" }];
  if (version instanceof Error) return [{ ...engine, origin: "missing", hint: version.message }];
  // Debian marks versions whose sources it had to change, Docker's among them.
  const origin = version.includes("dfsg") ? "debian" : "host";
  const path = process.env.DOCKER_HOST ?? "/var/run/docker.sock";
  const docker = new Docker();
  const images = Object.entries({ base: BASE.image, ...imageTags() }).map(([name, tag]) =>
    inspectImage(docker, name, tag),
  );
  return [{ ...engine, version, origin, path }, ...(await Promise.all(images))];
}

async function inspectImage(docker: Docker, image: string, tag: string): Promise<ToolStatus> {
  const [, wanted = ""] = tag.split(":");
  const name = `image ${image}`;
  if (await hasImage(docker, tag)) return { name, wanted, version: wanted, origin: "built", path: tag };
  return { name, wanted, origin: "missing", hint: "./groundwork images builds it" };
}
