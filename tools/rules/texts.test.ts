// What must stand in no file: places of one machine, mirrors, unfinished work, secrets.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../paths";
import { FILES, places, WRITTEN } from "./tree";

test("no file names a place of one machine", () => {
  expect(places(FILES, /(?<![\w.@-])\/(work|root|home\/\w+|tmp\/(go|gw|bash)\w*)\//)).toEqual([]);
  expect(places(WRITTEN, new RegExp(escaped(ROOT)))).toEqual([]);
});

test("no file names a package registry or a mirror of one", () => {
  // Registries are the machine's configuration: a name in here would break where another one is used.
  const known = [
    /registry\.npmjs\.org/,
    /proxy\.golang\.org/,
    /sum\.golang\.org/,
    /(deb|security)\.debian\.org/,
    /pypi\.org/,
  ];
  for (const host of [...known, ...configuredRegistries()]) expect(places(FILES, host)).toEqual([]);
});

test("nothing is left for later", () => {
  expect(places(WRITTEN.filter(outsideThisFile), /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
});

test("no private key is committed, and encrypted values only in files of stacks that others can decrypt", () => {
  const files = FILES.filter(outsideThisFile);
  expect(places(files, /BEGIN [A-Z ]*PRIVATE KEY-----\S*$/)).toEqual([]);
  const shared = (path: string) => /^stacks\/Pulumi\.(?!(local|test)\.yaml)/.test(path);
  expect(
    places(
      files.filter((path) => !shared(path)),
      /^\s+secure: v1:/,
    ),
  ).toEqual([]);
});

test("no image goes by a moving tag", () => {
  const pulled = WRITTEN.filter((path) => /Dockerfile|\.ts$|\.ya?ml$/.test(path) && outsideThisFile(path));
  expect(places(pulled, /:latest\b/)).toEqual([]);
  // `ARG BASE=` is the only image from outside; it carries a release's name, and what is built on it a hash of its contents.
  expect(
    places(
      pulled.filter((path) => path.endsWith("Dockerfile")),
      /^FROM (?!\$\{BASE\})/,
    ),
  ).toEqual([]);
  expect(
    places(
      pulled.filter((path) => path.endsWith("Dockerfile")),
      /^ARG BASE=(?!\S+:\S+$)/,
    ),
  ).toEqual([]);
});

function outsideThisFile(path: string): boolean {
  return path !== "tools/rules/texts.test.ts";
}

/** Hosts that this machine's package managers are told to use, whatever they are called. */
function configuredRegistries(): readonly RegExp[] {
  const { npm_config_registry = "", GOPROXY = "", PIP_INDEX_URL = "" } = process.env;
  const settings = [
    npm_config_registry,
    GOPROXY,
    PIP_INDEX_URL,
    textOf(join(homedir(), ".npmrc")),
    textOf("/etc/apt/sources.list"),
  ];
  const hosts = settings.join("\n").matchAll(/https?:\/\/(?:[^@/\s]*@)?([\w.-]+\.\w+)/g);
  return [...new Set([...hosts].map(([, host]) => host as string))].map((host) => new RegExp(escaped(host)));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // not every machine has it
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
