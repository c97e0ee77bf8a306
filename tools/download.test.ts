// Downloads, against a server on the loopback interface: the good way, and every way it can go wrong.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checksumIn, DownloadFailed, download, publishedChecksum } from "./download";

const CONTENT = "a tool";
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

let folder: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "download-"));
});
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const neverAnswer = () => undefined;

const fetched = (url: string, sha256 = SHA256, answer = 2000) =>
  download({ url, sha256, to: join(folder, "tool"), patience: { answer, silence: answer } });

test("a file with the right checksum is kept", async () => {
  await fetched(await serve((_, response) => response.end(CONTENT)));
  expect(readFileSync(join(folder, "tool"), "utf8")).toBe(CONTENT);
  expect(readdirSync(folder)).toEqual(["tool"]);
});

test("a file with another checksum is refused and removed", async () => {
  const url = await serve((_, response) => response.end("something else"));
  const other = createHash("sha256").update("something else").digest("hex");
  await expect(fetched(url)).rejects.toEqual(new DownloadFailed(`its sha256 is ${other}, not ${SHA256}`));
  expect(readdirSync(folder)).toEqual([]);
});

test("a body cut short is refused and removed", async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { "content-length": CONTENT.length + 10 });
    response.write(CONTENT, () => response.destroy());
  });
  await expect(fetched(url)).rejects.toBeInstanceOf(DownloadFailed);
  expect(readdirSync(folder)).toEqual([]);
});

test("an error status is the reason", async () => {
  const url = await serve((_, response) => response.writeHead(404).end());
  await expect(fetched(url)).rejects.toEqual(new DownloadFailed("the server answered 404"));
});

test("a server that is gone is the reason", async () => {
  const url = await serve(neverAnswer);
  await new Promise((resolve) => server?.close(resolve));
  await expect(fetched(url)).rejects.toEqual(new DownloadFailed("ECONNREFUSED"));
});

test("a server that never answers is given up", async () => {
  const url = await serve(neverAnswer);
  await expect(fetched(url, SHA256, 50)).rejects.toEqual(new DownloadFailed("no answer within 0.05 s"));
});

test("a server that falls silent is given up", async () => {
  const url = await serve((_, response) => response.writeHead(200, { "content-length": 100 }).write("a"));
  await expect(fetched(url, SHA256, 50)).rejects.toEqual(new DownloadFailed("no answer within 0.05 s"));
  expect(readdirSync(folder)).toEqual([]);
});

test("the publisher's list gives the checksum of one file", async () => {
  const url = await serve((_, response) => response.end(`${"0".repeat(64)}  other.tar.gz\n${SHA256}  tool.tar.gz\n`));
  await expect(publishedChecksum(url, "tool.tar.gz")).resolves.toBe(SHA256);
  await expect(publishedChecksum(url, "tool.zip")).rejects.toEqual(
    new DownloadFailed("the publisher's checksums do not name tool.zip"),
  );
});

test("names in a list may carry a mark or a folder", () => {
  expect(checksumIn(`${SHA256} *tool.tar.gz`, "tool.tar.gz")).toBe(SHA256);
  expect(checksumIn(`${SHA256}  ./tool.tar.gz`, "tool.tar.gz")).toBe(SHA256);
  expect(checksumIn(`${SHA256}  not-tool.tar.gz`, "tool.tar.gz")).toBeUndefined();
});
