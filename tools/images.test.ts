// Tags: the same for the same content wherever it lies, another for every change that matters.
import { appendFileSync, chmodSync, cpSync, mkdtempSync, renameSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BUILT_IMAGES } from "../infra/catalogue/images";
import { InvalidInput } from "../infra/lib/errors";
import { contextFiles, imageTags } from "./images";
import { ROOT } from "./paths";

let copy: string;
let before: Record<string, string>;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "images-"));
  for (const folder of ["images", "tools/go", "tools/npm", "tools/pip"])
    cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
  before = imageTags(copy);
});
afterEach(() => rmSync(copy, { recursive: true }));

/** The images whose tag is another one now. */
function changed(): string[] {
  return Object.entries(imageTags(copy)).flatMap(([name, tag]) => (tag === before[name] ? [] : [name]));
}

test("every image has a tag, and a copy of the tree has the same ones", () => {
  expect(Object.keys(before)).toEqual(Object.keys(BUILT_IMAGES));
  for (const [name, tag] of Object.entries(before))
    expect(tag).toMatch(new RegExp(`^groundwork/${name}:[0-9a-f]{16}$`));
  expect(imageTags(ROOT)).toEqual(before);
});

test("a changed file changes the tag of its image alone", () => {
  appendFileSync(join(copy, "images/etcd/Dockerfile"), "\n");
  expect(changed()).toEqual(["etcd"]);
});

test("another name or the right to execute is a change", () => {
  renameSync(join(copy, "images/minio/minio-ready"), join(copy, "images/minio/ready"));
  chmodSync(join(copy, "images/etcd/Dockerfile"), 0o755);
  expect(changed()).toEqual(["etcd", "minio"]);
});

test("times and the umask of a checkout are no change", () => {
  utimesSync(join(copy, "images/etcd/Dockerfile"), 1, 1);
  chmodSync(join(copy, "images/etcd/Dockerfile"), 0o600);
  expect(changed()).toEqual([]);
});

test("another build of a tool changes the images that carry it", () => {
  appendFileSync(join(copy, "tools/go/mc/go.sum"), "\n");
  expect(changed()).toEqual(["minio"]);
});

test("another lock of a package changes the images that carry it", () => {
  appendFileSync(join(copy, "tools/pip/envoy/requirements.txt"), "\n");
  appendFileSync(join(copy, "tools/npm/postgres-meta/package-lock.json"), "\n");
  expect(changed()).toEqual(["envoy", "meta"]);
});

test("the files of a build context are sorted, with modes that a umask cannot change", () => {
  expect(contextFiles("etcd", copy)).toEqual([
    { name: "Dockerfile", mode: 0o644, path: join(copy, "images/etcd/Dockerfile") },
  ]);
  const names = contextFiles("traefik", copy).map(({ name }) => name);
  expect(names).toEqual([...names].sort());
});

test("every image without a Dockerfile is told at once", () => {
  rmSync(join(copy, "images/etcd"), { recursive: true });
  rmSync(join(copy, "images/valkey/Dockerfile"));
  expect(() => imageTags(copy)).toThrow(
    new InvalidInput(
      ["images/etcd", "images/valkey"].map((path) => ({
        path,
        fact: "no Dockerfile",
        hint: `write ${path}/Dockerfile, or restore it from git`,
      })),
    ),
  );
});
