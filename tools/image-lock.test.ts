// The lock file: read, refused, changed in one piece; and who this machine is to a registry.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changeImageLock, readImageLock } from "./image-lock";
import { splitTag } from "./registry";
import { credentialsFor, hostOf } from "./registry-credentials";

const A = `sha256:${"a".repeat(64)}`;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lock-"));
  mkdirSync(join(root, "images"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("without a file nothing is pinned; a change is sorted", async () => {
  expect(readImageLock(root)).toEqual({});
  await changeImageLock((before) => ({ ...before, "b:1": A, "a:1": A }), root);
  expect(readFileSync(join(root, "images/lock.json"), "utf8")).toBe(`{\n  "a:1": "${A}",\n  "b:1": "${A}"\n}\n`);
  expect(readImageLock(root)).toEqual({ "a:1": A, "b:1": A });
});

test("what cannot be a digest is refused, all of it at once", () => {
  writeFileSync(join(root, "images/lock.json"), '{"a:1": "latest", "b:1": 5}');
  expect(() => readImageLock(root)).toThrow(/lock.json: a:1: must be sha256.*got "latest"[\s\S]*b:1: must be/);
  writeFileSync(join(root, "images/lock.json"), "<<<<<<< HEAD");
  expect(() => readImageLock(root)).toThrow(/is not a JSON object/);
});

test("the registry of a reference, as the engine reads it", () => {
  const references = ["grafana/grafana:1", "alpine:3", "localhost/a:1", "127.0.0.1:5000/a/b:1", "ghcr.io/a/b:1"];
  expect(references.map(hostOf)).toEqual(["docker.io", "docker.io", "localhost", "127.0.0.1:5000", "ghcr.io"]);
  expect(splitTag("127.0.0.1:5000/a/b:1")).toEqual(["127.0.0.1:5000/a/b", "1"]);
});

test("credentials come from Docker's file, or from the helper that it names", async () => {
  expect(await credentialsFor("ghcr.io", root)).toBeUndefined();
  const auth = Buffer.from("me:a:b").toString("base64");
  writeFileSync(join(root, "config.json"), JSON.stringify({ auths: { "https://index.docker.io/v1/": { auth } } }));
  expect(await credentialsFor("ghcr.io", root)).toBeUndefined();
  const me = { username: "me", password: "a:b", serveraddress: "https://index.docker.io/v1/" };
  expect(await credentialsFor("docker.io", root)).toEqual(me);
  const helper = join(root, "docker-credential-test");
  writeFileSync(helper, '#!/bin/sh\nread host\nprintf \'{"Username":"you","Secret":"for %s"}\' "$host"\n');
  chmodSync(helper, 0o755);
  writeFileSync(join(root, "config.json"), JSON.stringify({ credHelpers: { "ghcr.io": "test" } }));
  const path = process.env.PATH;
  process.env.PATH = `${root}:${path}`;
  try {
    const you = { username: "you", password: "for ghcr.io", serveraddress: "ghcr.io" };
    expect(await credentialsFor("ghcr.io", root)).toEqual(you);
  } finally {
    process.env.PATH = path;
  }
});
