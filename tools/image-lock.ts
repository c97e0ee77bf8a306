// Which content each image of a registry has: `images/lock.json`, committed, from an image's reference to the digest that it was pinned to.
// The Pulumi program reads this file too; it must stay quick to load.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageDigests } from "../infra/catalogue/images";
import { invalid, refuse } from "../infra/lib/errors";
import { replaceFile } from "./atomic-file";
import { locked } from "./lock";
import { PRIVATE, ROOT } from "./paths";

const FILE = "images/lock.json";
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The digests of the lock file; none where there is no file. Throws `InvalidInput` with every entry that cannot be one. */
export function readImageLock(root = ROOT): ImageDigests {
  const path = join(root, FILE);
  if (!existsSync(path)) return {};
  const entries = Object.entries(parsed(readFileSync(path, "utf8")));
  refuse(
    entries
      .filter(([, digest]) => typeof digest !== "string" || !DIGEST.test(digest))
      .map(([reference, digest]) => ({
        path: `${FILE}: ${reference}`,
        fact: `must be sha256: and 64 hexadecimal digits, got ${JSON.stringify(digest)}`,
        hint: "./groundwork images pin writes it",
      })),
  );
  return Object.fromEntries(entries) as ImageDigests;
}

/** Changes the lock file, in one piece; sorted, so that a diff shows what moved. Processes that do so at once wait for each other. */
export async function changeImageLock(change: (before: ImageDigests) => ImageDigests, root = ROOT): Promise<void> {
  await locked(join(PRIVATE, "locks", "images"), async () => {
    const sorted = Object.entries(change(readImageLock(root))).sort(([a], [b]) => (a < b ? -1 : 1));
    replaceFile(join(root, FILE), `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  });
}

function parsed(source: string): object {
  try {
    const read: unknown = JSON.parse(source);
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return read;
  } catch {
    // Said below, without the parser's quotation of the file.
  }
  throw invalid(FILE, "is not a JSON object", "restore it from git, or remove it and run ./groundwork images pin");
}
