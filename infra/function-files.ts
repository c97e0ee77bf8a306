// Reads the functions that a stack runs: the main service, and those in the folder that its values name.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { invalid } from "./lib/errors";

/** Source files by path; see `FunctionSources` of the catalogue. */
interface Sources {
  readonly main: Readonly<Record<string, string>>;
  readonly functions: Readonly<Record<string, string>>;
}

/** The folder of the main service, below the root. */
const MAIN = "functions/main";
/** Delivered files travel through the state, which is no place for data. */
const MOST_BYTES = 512 * 1024;

/** The sources below `root`; without a folder the main service alone. Throws `InvalidInput` if they cannot be delivered. */
export function readFunctions(root: string, { folder }: { readonly folder?: string | undefined }): Sources {
  return {
    main: filesOf(join(root, MAIN), MAIN),
    functions: folder === undefined ? {} : filesOf(join(root, folder), folder),
  };
}

function filesOf(path: string, name: string): Record<string, string> {
  if (!existsSync(path))
    throw invalid("functions/folder", `does not exist, got ${name}`, "name a folder of this repository");
  const sources = readdirSync(path, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.ts$|^\./.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const files = sources.sort().map((file) => [file.slice(path.length + 1), readFileSync(file, "utf8")] as const);
  const size = files.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
  if (size > MOST_BYTES)
    throw invalid(
      "functions/folder",
      `must hold ${MOST_BYTES} bytes or less, got ${size}`,
      "import packages instead of copying them",
    );
  return Object.fromEntries(files);
}
