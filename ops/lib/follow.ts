// Output of another process, by way of a file without a name: its writer is never cut off, not even when its reader is
// killed, and nothing of it is left on disk once both have ended. Engine events hold secrets, so they must not stay.
import { closeSync, mkdirSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { PRIVATE } from "../../tools/paths";

const POLL_MILLISECONDS = 100;

let made = 0;

/** A file with no name; `writer` is for the other process, and is closed by `close` together with the rest. */
export class NamelessFile {
  readonly writer: number;
  readonly #reader: number;

  constructor() {
    mkdirSync(PRIVATE, { recursive: true });
    const path = join(PRIVATE, `output.${process.pid}.${made++}`);
    this.writer = openSync(path, "ax", 0o600);
    this.#reader = openSync(path, "r");
    rmSync(path);
  }

  /** Hands every line to `onLine` as it is complete, until `end` has settled and everything is read. */
  async follow(end: Promise<unknown>, onLine: (line: string) => void): Promise<void> {
    let ended = false;
    const settled = end.then(
      () => {
        ended = true;
      },
      () => {
        ended = true;
      },
    );
    const decoder = new TextDecoder();
    for (let rest = ""; ; ) {
      // Asked before reading: what was written before the end is read in this round or a later one.
      const last = ended;
      const piece = this.#read();
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
      if (piece.length > 0) continue;
      if (!last) {
        await Promise.race([settled, setTimeout(POLL_MILLISECONDS)]);
        continue;
      }
      if (rest !== "") onLine(rest);
      return;
    }
  }

  close(): void {
    closeSync(this.writer);
    closeSync(this.#reader);
  }

  readonly #buffer = Buffer.alloc(64 * 1024);

  #read(): Buffer {
    return this.#buffer.subarray(0, readSync(this.#reader, this.#buffer, 0, this.#buffer.length, null));
  }
}
