// The project's own files, for tests that hold conventions over all of them, also over files not yet written.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../paths";

/** Every file that git tracks or would add, relative to the root; but for stacks that exist only while a test runs. */
export const FILES: readonly string[] = [
  ...gitFiles("--cached"),
  ...gitFiles("--others", "--exclude-standard").filter((path) => !path.startsWith("stacks/")),
]
  .filter((path) => existsSync(join(ROOT, path)))
  .sort();

function gitFiles(...options: readonly string[]): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", ...options], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return listed.split("\0").filter((path) => path !== "");
}

/** Files whose text somebody else writes: package managers, and renderers whose output is compared in tests of their own. */
const GENERATED = /(^package-lock\.json$|\/go\.sum$|\/go\.mod$|\/golden\/|^stacks\/schema\.json$)/;

/** Files written by hand. */
export const WRITTEN = FILES.filter((path) => !GENERATED.test(path));

/** TypeScript files written by hand; `tests: false` leaves out tests and what only tests use. */
export function typescript({ tests }: { tests: boolean }): readonly string[] {
  return WRITTEN.filter((path) => path.endsWith(".ts") && (tests || !ONLY_FOR_TESTS.test(path)));
}

const ONLY_FOR_TESTS = /(\.test\.ts$|\/testing\/|\/conformance\.ts$|^tools\/rules\/|^vitest\.config\.ts$)/;

const texts = new Map<string, string>();

/** A file's text; empty for a binary file. */
export function read(path: string): string {
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(join(ROOT, path), "utf8");
    texts.set(path, text);
  }
  return text.includes("\0") ? "" : text;
}

/** `path:line: text` of every line that matches, so that a failing test names each place. */
export function places(paths: readonly string[], pattern: RegExp): readonly string[] {
  return paths.flatMap((path) =>
    read(path)
      .split("\n")
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

/** The cells of every row of the Markdown tables below a heading, without the tables' own headings. */
export function tableRows(markdown: string, heading: string): readonly (readonly string[])[] {
  const [, after = ""] = markdown.split(`\n${heading}\n`);
  const [section = ""] = after.split(/\n#{1,3} /);
  return section.split("\n").flatMap((line, i, lines) => {
    const separator = /^\|[-| ]+\|$/;
    const row = line.startsWith("|") && !separator.test(line) && !separator.test(lines[i + 1] ?? "");
    return row
      ? [
          line
            .slice(1, line.lastIndexOf("|"))
            .split("|")
            .map((cell) => cell.trim()),
        ]
      : [];
  });
}
