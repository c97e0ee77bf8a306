// How files get into a container whose root is read-only.
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { archives, modeOf, tar, volumeOf } from "./container-files";

const volumes = [{ containerPath: "/etc/groundwork" }, { containerPath: "/etc/groundwork/tls/" }];

test("a read-only container gets one archive for each volume, the innermost one of a path", () => {
  const uploads = [
    { file: "/etc/groundwork/a", content: "a" },
    { file: "/etc/groundwork/tls/b", content: "b" },
    { file: "/etc/groundwork/c", content: "c" },
  ];
  expect(archives({ image: "x", readOnly: true, volumes, uploads })).toEqual([
    { directory: "/etc/groundwork", uploads: [uploads[0], uploads[2]] },
    { directory: "/etc/groundwork/tls/", uploads: [uploads[1]] },
  ]);
  expect(archives({ image: "x", volumes, uploads })).toEqual([{ directory: "/", uploads }]);
});

test("a volume that cannot be written, or is memory, holds no files", () => {
  const readOnly = [{ containerPath: "/a", readOnly: true }];
  const memory = [{ target: "/b", type: "tmpfs" }];
  expect(volumeOf("/a/file", { image: "x", volumes: readOnly })).toBeUndefined();
  expect(volumeOf("/b/file", { image: "x", mounts: memory })).toBeUndefined();
  expect(volumeOf("/etc/groundworks/file", { image: "x", volumes })).toBeUndefined();
});

test("files belong to root, with the mode and the bytes asked for, below folders that all may enter", async () => {
  const uploads = [
    { file: "/etc/groundwork/plain", content: "grüße", permissions: "0444" },
    { file: "/etc/groundwork/deep/er/bytes", contentBase64: "AAEC/w==", permissions: "0440", owner: "7", group: "8" },
  ];
  const entries: unknown[] = [];
  const reader = tar({ directory: "/etc/groundwork", uploads }).pipe(extract());
  reader.on("entry", async ({ name, type, mode, uid, gid }, stream, next) => {
    entries.push({ name, type, mode, uid, gid, content: (await buffer(stream)).toString("hex") });
    next();
  });
  await new Promise((resolve) => reader.on("finish", resolve));
  const root = { uid: 0, gid: 0 };
  expect(entries).toEqual([
    { name: "plain", type: "file", mode: 0o444, ...root, content: Buffer.from("grüße").toString("hex") },
    { name: "deep", type: "directory", mode: 0o755, ...root, content: "" },
    { name: "deep/er", type: "directory", mode: 0o755, ...root, content: "" },
    { name: "deep/er/bytes", type: "file", mode: 0o440, uid: 7, gid: 8, content: "000102ff" },
  ]);
});

test("the mode without permissions", () => {
  expect(modeOf({ file: "/a" })).toBe(0o644);
  expect(modeOf({ file: "/a", executable: true })).toBe(0o744);
});
