// A throw-away Pulumi project for engine tests: its own folder and state, the CLI and plugins of this checkout.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { PRIVATE, ROOT } from "../paths";

/** What a run of the CLI gave. */
export interface CliRun {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

const STACK = "scratch";

export class ScratchProject {
  /** A prefix for what the project makes outside of its folder; no other run has it. */
  readonly prefix = `groundwork-scratch-${randomBytes(4).toString("hex")}`;
  readonly folder = mkdtempSync(join(tmpdir(), "groundwork-engine-"));

  /** `variables` may name another backend than the folder's own. */
  constructor(private readonly variables: Readonly<Record<string, string>> = {}) {
    const runtime = { name: "nodejs", options: { typescript: false, nodeargs: "--stack-trace-limit=0" } };
    this.write("Pulumi.yaml", JSON.stringify({ name: "scratch", main: "index.js", runtime }));
    this.write("package.json", JSON.stringify({ name: "scratch", private: true }));
    symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"));
    mkdirSync(join(this.folder, "state"));
  }

  /** Replaces the program: CommonJS, with `pulumi`, `random`, `tls`, `docker`, `kubernetes` and the `prefix` at hand. */
  program(source: string): void {
    const packages = ["pulumi", "random", "tls", "docker", "kubernetes"].map(
      (name) => `const ${name} = require("@pulumi/${name}");\n`,
    );
    this.write("index.js", `${packages.join("")}const prefix = ${JSON.stringify(this.prefix)};\n${source}`);
  }

  /** Runs `pulumi` to its end, on the project's one stack. */
  async pulumi(...args: readonly string[]): Promise<CliRun> {
    const child = this.start(...args);
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => resolve(exit ?? -1));
    });
    return { code, output: (await output).join("") };
  }

  /** The same, failing the test with the CLI's words when it fails. */
  async must(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: exit code ${code}\n${output}`);
    return output;
  }

  /** Starts `pulumi` without waiting for it. */
  start(...args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      env: {
        ...process.env,
        PATH: `${join(PRIVATE, "bin")}:${process.env.PATH}`,
        PULUMI_HOME: join(PRIVATE, "pulumi"),
        PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
        PULUMI_STACK: STACK,
        PULUMI_CONFIG_PASSPHRASE: "scratch",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...this.variables,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async init(): Promise<void> {
    await this.must("stack", "init", STACK, "--no-select");
  }

  async up(...args: readonly string[]): Promise<string> {
    return this.must("up", "--yes", "--skip-preview", ...args);
  }

  /** The stack's outputs, secrets opened. */
  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.must("stack", "output", "--json", "--show-secrets"));
  }

  /** The state as it lies on disk. */
  state(): string {
    return readFileSync(join(this.folder, "state", ".pulumi", "stacks", "scratch", `${STACK}.json`), "utf8");
  }

  /** Takes everything down, then the folder. */
  async remove(): Promise<void> {
    await this.pulumi("cancel", "--yes");
    await this.pulumi("destroy", "--yes", "--skip-preview");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }
}
