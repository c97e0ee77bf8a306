// Reads a file while another process is still writing to it, line by line, until that process has ended.
import { open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const POLL_MILLISECONDS = 100;

/** Hands every complete line of `path` to `onLine`, until `writer` has settled and everything is read. */
export async function follow(path: string, writer: Promise<unknown>, onLine: (line: string) => void): Promise<void> {
  let ended = false;
  const end = writer.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(64 * 1024);
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      // Asked before reading: what was written before the end is read in this round or a later one.
      const last = ended;
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
      if (bytesRead > 0) continue;
      if (last) break;
      await Promise.race([end, setTimeout(POLL_MILLISECONDS)]);
    }
    if (rest !== "") onLine(rest);
  } finally {
    await file.close();
  }
}
