// The publisher's way, against a server on the loopback interface: unpacked when right, a reason to build when not.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackRelease } from "./toolchain";

let folder: string;
let server: Server;
let origin: string;
let files: Record<string, Buffer | string>;

beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), "toolchain-")), "tool");
  const archive = await toolArchive();
  files = { "/tool.tar.gz": archive, "/checksums.txt": `${sha256(archive)}  tool.tar.gz\n` };
  server = createServer(({ url = "" }, response) => {
    const found = files[url];
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  rmSync(join(folder, ".."), { recursive: true });
});

async function toolArchive(): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: "suite/tool", mode: 0o755 }, "a tool");
  archive.finalize();
  return gzipSync(await buffer(archive));
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function unpack(pinned: { sha256?: string } = {}) {
  const release = { url: `http://${origin}/tool.tar.gz`, checksums: `http://${origin}/checksums.txt`, folder: "suite" };
  return unpackRelease({ ...release, ...pinned }, folder, () => undefined);
}

test("an archive that the publisher's checksums name is unpacked without its outer folder", async () => {
  expect(await unpack()).toBeUndefined();
  expect(readFileSync(join(folder, "tool"), "utf8")).toBe("a tool");
  expect(statSync(join(folder, "tool")).mode & 0o777).toBe(0o755);
  expect(readdirSync(join(folder, ".."))).toEqual(["tool"]);
});

test("a pinned checksum needs no list", async () => {
  const pinned = sha256(files["/tool.tar.gz"] as Buffer);
  files = { "/tool.tar.gz": files["/tool.tar.gz"] as Buffer };
  expect(await unpack({ sha256: pinned })).toBeUndefined();
});

test("an archive with another checksum is never unpacked", async () => {
  const wanted = "0".repeat(64);
  const reason = await unpack({ sha256: wanted });
  expect(reason).toBe(`${origin}: its sha256 is ${sha256(files["/tool.tar.gz"] as Buffer)}, not ${wanted}`);
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(join(folder, ".."))).toEqual([]);
});

test("an archive without checksums is not taken", async () => {
  files = { "/tool.tar.gz": files["/tool.tar.gz"] as Buffer };
  expect(await unpack()).toBe(`${origin}: the server answered 404`);
  expect(readdirSync(join(folder, ".."))).toEqual([]);
});

test("a server that is gone is a reason too", async () => {
  await new Promise((resolve) => server.close(resolve));
  expect(await unpack()).toBe(`${origin}: ECONNREFUSED`);
});
