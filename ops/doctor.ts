// `groundwork doctor`: which tools there are, where each comes from, and what is missing. Changes nothing.

import type { Command } from "commander";
import Docker from "dockerode";
import { engineVersion, hasImage } from "../tools/docker-engine";
import { inspectHost } from "../tools/host-programs";
import { imageTags } from "../tools/images";
import { BASE } from "../tools/pins";
import { inspectPlugins } from "../tools/plugins";
import { inspectToolchain, type ToolStatus } from "../tools/toolchain";
import { command, printJson } from "./lib/command";
import { EXIT } from "./lib/failure";
import { colour, table } from "./lib/tables";

/** What `--json` prints. */
export interface Diagnosis {
  /** Nothing is missing that this machine needs. */
  readonly complete: boolean;
  readonly tools: readonly ToolStatus[];
}

export function doctorCommand(): Command {
  return command("doctor", "Show every tool, its origin and what is missing: 0 all there, 1 something is missing.", [
    ["doctor", "a table"],
    ["doctor --json", "for programs"],
  ])
    .option("--json", "print one JSON document")
    .action(doctor);
}

async function doctor({ json }: { readonly json?: true }): Promise<void> {
  const found = await Promise.all([inspectHost(), inspectToolchain(), inspectPlugins(), inspectDocker()]);
  const diagnosis = diagnose(found.flat());
  if (json) printJson(diagnosis);
  else process.stdout.write(`${report(diagnosis)}\n`);
  process.exitCode = diagnosis.complete ? EXIT.done : EXIT.failed;
}

/** Judges what was found. Go builds tools; where all are installed, nobody misses it. */
export function diagnose(tools: readonly ToolStatus[]): Diagnosis {
  const missing = tools.filter(({ origin }) => origin === "missing").map(({ name }) => name);
  return { complete: missing.length === 0 || missing.join() === "go", tools };
}

/** The table, and below it what to do about each missing tool. */
export function report({ tools }: Diagnosis): string {
  const rows = tools.map(({ name, wanted, version = "", origin, path = "" }) => [
    name,
    wanted,
    version,
    colour(origin === "missing" ? "red" : "green", origin),
    path,
  ]);
  const hints = tools.flatMap(({ name, hint }) => (hint === undefined ? [] : [`${name}: ${hint}`]));
  return [table(["tool", "wanted", "found", "origin", "path"], rows), ...(hints.length > 0 ? ["", ...hints] : [])].join(
    "\n",
  );
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
