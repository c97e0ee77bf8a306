// The documents are true: what they name exists, and what exists is named.
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { VERBS } from "../../ops/cli";
import { FILES, read, tableRows } from "./tree";

const DOCUMENTS = FILES.filter((path) => /^[A-Z]+\.md$/.test(path));

const commands = new Set(Object.keys(VERBS));

test("the four documents are there", () => {
  expect(DOCUMENTS).toEqual(["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "REQUIREMENTS.md"]);
});

test("every command of the CLI stands in README's table, and every one there exists", () => {
  const named = tableRows(read("README.md"), "## Commands").flatMap(
    ([cell = ""]) => /`\.\/groundwork ([a-z-]+)/.exec(cell)?.[1] ?? [],
  );
  expect([...named].sort()).toEqual([...commands].sort());
});

test("every command that a document tells to type exists", () => {
  const typed = DOCUMENTS.flatMap((path) =>
    [...read(path).matchAll(/\.\/groundwork ([a-z][a-z-]*)/g)].map(([, name]) => ({ path, name: name as string })),
  );
  expect(typed.length).toBeGreaterThan(5);
  expect(typed.filter(({ name }) => !commands.has(name))).toEqual([]);
});

test("every npm script that a document names exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = DOCUMENTS.flatMap((path) =>
    [...read(path).matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name as string),
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("every file that a document names exists", () => {
  const roots = [
    ...new Set(FILES.flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : []))),
  ].join("|");
  const place = new RegExp(`\`((?:${roots})/[\\w./-]*)\``, "g");
  const named = DOCUMENTS.flatMap((path) => [...read(path).matchAll(place)].map(([, target]) => target as string));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((target) => !exists(target))).toEqual([]);
});

test("every link between documents leads somewhere", () => {
  const broken = DOCUMENTS.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, target]) => normalize(join(dirname(path), target as string)))
      .filter((target) => !exists(target)),
  );
  expect(broken).toEqual([]);
});

test("the seven layers of defence are documented, each with the place that holds it", () => {
  const rows = tableRows(read("ARCHITECTURE.md"), "## Defence");
  expect(rows.map(([layer]) => layer)).toEqual([
    "edge",
    "TLS",
    "network",
    "application",
    "container",
    "database",
    "files",
  ]);
  expect(rows.filter(([, what = "", where = ""]) => what === "" || where === "")).toEqual([]);
});

function exists(target: string): boolean {
  return FILES.includes(target) || FILES.some((path) => path.startsWith(target.endsWith("/") ? target : `${target}/`));
}
