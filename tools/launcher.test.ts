// The launcher, run for real by sh in a small checkout, with stand-ins for node and npm that write down what they are asked.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VERBS } from "../ops/cli";
import manifest from "../package.json";
import { ROOT } from "./paths";
import { NODE, NPM } from "./pins";

let place: string;
let checkout: string;
let environment: Record<string, string>;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "launcher-"));
  checkout = join(place, "checkout");
  for (const file of ["groundwork", "tools/pins.ts", "package-lock.json"])
    cpSync(join(ROOT, file), join(checkout, file), { recursive: true });
  mkdirSync(join(place, "bin"));
  environment = { PATH: `${join(place, "bin")}:/usr/bin:/bin`, HOME: place, GROUNDWORK_CACHE: join(place, "cache") };
  hostNode(NODE);
  program("npm", [
    // What npm leaves behind: the packages' own record, the Node that was asked for, a compiled program.
    'case "$*" in',
    "  ci*) mkdir -p node_modules && touch node_modules/.package-lock.json ;;",
    '  install*) mkdir -p "$3/node_modules/.bin" && cp "$0" "$3/node_modules/.bin/node" ;;',
    "esac",
  ]);
});
afterEach(() => rmSync(place, { recursive: true }));

/** A program that notes its arguments in `asked`, then runs `lines`. */
function program(name: string, lines: readonly string[]): void {
  const note = `echo "${name} $*" >> "${join(place, "asked")}"`;
  writeFileSync(join(place, "bin", name), ["#!/bin/sh", note, ...lines].join("\n"), { mode: 0o755 });
}

function hostNode(version: string): void {
  program("node", [`[ "$1" != --version ] || echo v${version}`]);
}

function start(args: readonly string[], from = join(checkout, "groundwork"), cwd = place): string {
  return execFileSync(from, args, { cwd, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** What node and npm were asked to do since the last time; questions for a version or a setting are left out. */
function asked(): string[] {
  const lines = readFileSync(join(place, "asked"), "utf8").trim().split("\n");
  rmSync(join(place, "asked"));
  return lines.filter((line) => line !== "node --version" && !line.startsWith("npm config get"));
}

const CI = "npm ci --loglevel=error --no-audit --no-fund";
const BUILD = "npm run --silent build";
const command = (args: string) => `node ${checkout}/dist/ops/cli.js ${args}`;

/** Sets a file's time: seconds from now. */
function age(file: string, seconds: number): void {
  const time = Date.now() / 1000 + seconds;
  utimesSync(join(checkout, file), time, time);
}

test("a first run installs and compiles, the next only runs", () => {
  start(["up", "-s", "test"]);
  expect(asked()).toEqual([CI, BUILD, command("up -s test")]);
  start(["status"]);
  expect(asked()).toEqual([command("status")]);
});

test("it runs from any folder and through a symbolic link", () => {
  start(["up"]);
  asked();
  symlinkSync(join(checkout, "groundwork"), join(place, "link"));
  start(["status"], join(place, "link"), "/");
  expect(asked()).toEqual([command("status")]);
});

test("a newer source is compiled, a newer test is not", () => {
  start(["up"]);
  asked();
  mkdirSync(join(checkout, "infra"));
  for (const file of ["infra/new.ts", "infra/new.test.ts"]) writeFileSync(join(checkout, file), "");
  age("infra/new.ts", -60);
  age("infra/new.test.ts", 60);
  start(["status"]);
  expect(asked()).toEqual([command("status")]);
  age("infra/new.ts", 60);
  start(["status"]);
  expect(asked()).toEqual([BUILD, command("status")]);
});

test("a newer lock file installs and compiles again", () => {
  start(["up"]);
  asked();
  age("package-lock.json", 60);
  start(["status"]);
  expect(asked().slice(0, 2)).toEqual([CI, BUILD]);
});

test("two first runs at once install once", async () => {
  const runs = ["up", "status"].map(
    (verb) =>
      new Promise((resolve) =>
        spawn(join(checkout, "groundwork"), [verb], { env: environment, stdio: "ignore" }).on("exit", resolve),
      ),
  );
  expect(await Promise.all(runs)).toEqual([0, 0]);
  const lines = asked();
  expect(lines.filter((line) => line.startsWith("npm"))).toEqual([CI, BUILD]);
  expect(lines.filter((line) => line.startsWith("node")).sort()).toEqual([command("status"), command("up")]);
});

test.each(["20.19.0", "24.20.9", "25.0.0"])(
  "Node %s on the host does not fit, and the pinned one is installed",
  (found) => {
    hostNode(found);
    start(["up"]);
    const install = asked()[0]?.replace(/\.new\.\w+/, ".new");
    expect(install).toBe(
      `npm install --prefix ${place}/cache/node/.new --loglevel=error --ignore-scripts --no-audit --no-fund ` +
        `--no-update-notifier node-linux-${process.arch}@${NODE} npm@${NPM}`,
    );
    expect(readFileSync(join(place, "cache/node", NODE, "node_modules/.bin/node"), "utf8")).not.toBe("");
    start(["status"]);
    expect(asked()).not.toContainEqual(expect.stringContaining("install"));
  },
);

test.each([NODE, "24.30.1"])("Node %s on the host fits", (found) => {
  hostNode(found);
  start(["up"]);
  expect(asked()[0]).toBe(CI);
});

test("the host's npm settings stay in force under the pinned npm", () => {
  hostNode("20.19.0");
  program("npm", [
    'case "$*" in',
    '  config*) echo "/etc/host-npmrc" ;;',
    '  install*) mkdir -p "$3/node_modules/.bin" && cp "$0" "$3/node_modules/.bin/npm" && cp "$0" "$3/node_modules/.bin/node" ;;',
    `  ci*) echo "settings $npm_config_globalconfig" >> "${join(place, "asked")}"; mkdir node_modules; touch node_modules/.package-lock.json ;;`,
    "esac",
  ]);
  start(["up"]);
  expect(asked()).toContain("settings /etc/host-npmrc");
});

test("every command is an npm script too", () => {
  const scripts: Record<string, string> = manifest.scripts;
  expect(Object.keys(VERBS).map((verb) => [verb, scripts[verb]])).toEqual(
    Object.keys(VERBS).map((verb) => [verb, `./groundwork ${verb}`]),
  );
});

test("a failed step says what to do, and the next run does it again", () => {
  program("npm", ["exit 1"]);
  const failed = () =>
    execFileSync(join(checkout, "groundwork"), ["up"], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
  expect(failed).toThrow(
    "npm ci: failed, see above\n  hint: run it again; package.json and package-lock.json must agree",
  );
  expect(failed).toThrow();
  expect(asked()).toEqual([CI, CI]);
});
