// Building on a real engine: what is in an image, and what a failed build says.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { Listr } from "listr2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseImageTask, hasImage } from "./docker-engine";
import { buildImage } from "./image-builds";

const TAG = "groundwork/test-image-builds:0123456789abcdef";
const docker = new Docker();
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "image-"));
  await new Listr(baseImageTask(), { renderer: "silent" }).run();
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  if (await hasImage(docker, TAG)) await docker.getImage(TAG).remove();
});

function image(steps: string) {
  writeFileSync(join(folder, "Dockerfile"), `ARG BASE\nFROM $BASE\n${steps}`);
  writeFileSync(join(folder, "tool"), "#!/bin/sh\necho works\n");
  const files = [
    { name: "Dockerfile", mode: 0o644, path: join(folder, "Dockerfile") },
    { name: "bin/tool", mode: 0o755, path: join(folder, "tool") },
  ];
  return { name: "test", tag: TAG, files };
}

test("a failed build repeats the end of its log and leaves no image", async () => {
  const broken = image("RUN echo almost there && exit 3\n");
  const failure = await buildImage(docker, broken, () => undefined).catch((error: Error) => error);
  const lines = String(failure?.message)
    .split("\n")
    .map((line) => line.trim());
  expect(lines[0]).toBe("images/test: its build failed, and said last:");
  expect(lines).toContain("almost there");
  expect(lines.at(-2)).toMatch(/echo almost there && exit 3.* non-zero code: 3$/);
  expect(lines.at(-1)).toBe("hint: correct its Dockerfile, or run it again");
  expect(await hasImage(docker, TAG)).toBe(false);
}, 60_000);

test("an image stands on our base, carries the tools it copies, and is labelled with its content", async () => {
  const lines: string[] = [];
  const good = image("COPY bin/tool /usr/local/bin/\nRUN tool\n");
  await buildImage(docker, good, (line) => lines.push(line));
  expect(lines).toContain("works");
  expect((await docker.getImage(TAG).inspect()).Config.Labels).toEqual({
    "groundwork.content": "0123456789abcdef",
    "org.opencontainers.image.title": "groundwork test",
  });
}, 60_000);
