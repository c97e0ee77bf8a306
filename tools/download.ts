// Downloads one file and checks it. What cannot be had says why, so that the caller can go another way.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** The file could not be had, or was not what was promised. The message is the reason, without the address. */
export class DownloadFailed extends Error {
  override readonly name = "DownloadFailed";
}

export interface DownloadArgs {
  readonly url: string;
  /** The file's sha256 in hex. */
  readonly sha256: string;
  /** Where the file goes; it appears there only when it is whole and right. */
  readonly to: string;
  /** Called with the progress, e.g. `12 of 80 MiB`. @default - nothing is shown */
  readonly report?: (progress: string) => void;
  /** Milliseconds within which the server must answer, and after that send something. @default 5 and 30 seconds */
  readonly patience?: Patience;
}

export interface Patience {
  readonly answer: number;
  readonly silence: number;
}

const PATIENCE: Patience = { answer: 5_000, silence: 30_000 };

/** Downloads to a file. Throws `DownloadFailed`; nothing is left behind then. */
export async function download({ url, sha256, to, report, patience = PATIENCE }: DownloadArgs): Promise<void> {
  const partial = `${to}.partial`;
  const hash = createHash("sha256");
  try {
    await open(url, patience, async (body, size, alive) => {
      let received = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          alive();
          hash.update(chunk);
          received += chunk.length;
          report?.(`${mebibytes(received)}${size === undefined ? "" : ` of ${mebibytes(size)}`} MiB`);
          done(null, chunk);
        },
      });
      await pipeline(Readable.from(body), meter, createWriteStream(partial));
    });
    const got = hash.digest("hex");
    if (got !== sha256) throw new DownloadFailed(`its sha256 is ${got}, not ${sha256}`);
    await rename(partial, to);
  } finally {
    await rm(partial, { force: true });
  }
}

/** The sha256 that a publisher's list of `<sha256>  <file name>` lines gives for a file. Throws `DownloadFailed`. */
export async function publishedChecksum(list: string, file: string, patience: Patience = PATIENCE): Promise<string> {
  let text = "";
  await open(list, patience, async (body, _size, alive) => {
    for await (const chunk of body) {
      alive();
      text += Buffer.from(chunk).toString();
    }
  });
  const found = checksumIn(text, file);
  if (found === undefined) throw new DownloadFailed(`the publisher's checksums do not name ${file}`);
  return found;
}

/** Finds a file in a list such as `e3b0c4…  tool_linux_amd64.tar.gz` (a `*` or `./` may precede the name). */
export function checksumIn(list: string, file: string): string | undefined {
  for (const line of list.split("\n")) {
    const [, sha256, name] = /^([0-9a-f]{64})\s+[*]?(?:\.\/)?(\S+)\s*$/.exec(line) ?? [];
    if (name === file) return sha256;
  }
  return undefined;
}

/** Requests `url` and hands its body on; ends the request when the server stays silent for too long. */
async function open(
  url: string,
  patience: Patience,
  read: (body: AsyncIterable<Uint8Array>, size: number | undefined, alive: () => void) => Promise<void>,
): Promise<void> {
  const request = new AbortController();
  const giveUp = (after: number) =>
    setTimeout(() => request.abort(new DownloadFailed(`no answer within ${after / 1000} s`)), after);
  let timer = giveUp(patience.answer);
  const alive = () => {
    clearTimeout(timer);
    timer = giveUp(patience.silence);
  };
  try {
    const response = await fetch(url, { signal: request.signal });
    if (!response.ok || response.body === null) throw new DownloadFailed(`the server answered ${response.status}`);
    const length = response.headers.get("content-length");
    alive();
    await read(response.body, length === null ? undefined : Number(length), alive);
  } catch (error) {
    throw error instanceof DownloadFailed ? error : new DownloadFailed(reason(error));
  } finally {
    clearTimeout(timer);
    request.abort();
  }
}

/** `fetch` says only "fetch failed" or "terminated"; the cause says why. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause ? `${cause.code}` : cause.message;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
