// Who may import whom. The table in ARCHITECTURE.md is the rule; this test reads it and every import.
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { read, tableRows, typescript } from "./tree";

interface Layer {
  /** Files, and folders with a slash at the end. */
  readonly paths: readonly string[];
  readonly imports: readonly string[];
  /** Package names; a `*` at the end stands for any ending. */
  readonly packages: readonly string[];
}

const layers: readonly Layer[] = tableRows(read("ARCHITECTURE.md"), "## Layers").map(
  ([paths = "", , imports = "", packages = ""]) => ({
    paths: quoted(paths),
    imports: quoted(imports),
    packages: quoted(packages),
  }),
);
const sources = typescript({ tests: false });

test("the table has layers, and every path in it exists", () => {
  expect(layers.length).toBeGreaterThan(5);
  const named = layers.flatMap(({ paths, imports }) => [...paths, ...imports]);
  expect(named.filter((path) => !sources.some((source) => within(source, path)))).toEqual([]);
});

test("every source file belongs to a layer", () => {
  expect(sources.filter((source) => layerOf(source) === undefined)).toEqual([]);
});

test("every import goes up the table, and every package is one that its layer may use", () => {
  expect(sources.flatMap((source) => importsOf(source).flatMap((target) => violation(source, target)))).toEqual([]);
});

test("no file imports itself by way of others", () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (source: string, trail: readonly string[]): void => {
    if (trail.includes(source)) cycles.push([...trail.slice(trail.indexOf(source)), source].join(" → "));
    if (done.has(source) || trail.includes(source)) return;
    for (const target of valueImportsOf(source)) visit(target, [...trail, source]);
    done.add(source);
  };
  for (const source of sources) visit(source, []);
  expect(cycles).toEqual([]);
});

test("only tests that say so load Pulumi: it costs each of them a second", () => {
  const unit = typescript({ tests: true }).filter((path) => /^[^.]+\.(golden\.)?test\.ts$/.test(path));
  expect(unit.filter((path) => /from "@pulumi\//.test(read(path)))).toEqual([]);
});

describe("the reading of imports", () => {
  test("sees static, type, re-exported, dynamic and required ones", () => {
    const source = `import a from "./a";\nimport type { B } from "../b";\nexport { c } from "c";\nawait import("d");\nrequire("e");\nimport "f";`;
    expect(specifiers(source)).toEqual(["./a", "../b", "c", "d", "e", "f"]);
  });
});

function violation(source: string, target: string): readonly string[] {
  const from = layerOf(source);
  const here = from?.paths.some((path) => layerOf(target)?.paths.includes(path)) ?? false;
  const isFile = sources.includes(target);
  if (isFile && (here || from?.imports.some((path) => within(target, path)))) return [];
  if (!isFile && from?.packages.some((name) => named(target, name))) return [];
  return [`${source} imports ${target}`];
}

/** The layer with the longest path that holds the file. */
function layerOf(source: string): Layer | undefined {
  const longest = ({ paths }: Layer) =>
    Math.max(0, ...paths.filter((path) => within(source, path)).map((path) => path.length));
  return layers.filter((layer) => longest(layer) > 0).sort((a, b) => longest(b) - longest(a))[0];
}

function within(source: string, path: string): boolean {
  return path.endsWith("/") ? source.startsWith(path) : source === path;
}

function named(target: string, name: string): boolean {
  return name.endsWith("*") ? target.startsWith(name.slice(0, -1)) : target === name || target.startsWith(`${name}/`);
}

function importsOf(source: string): readonly string[] {
  return specifiers(read(source)).map((specifier) => resolve(source, specifier));
}

/** Imports that exist at run time and lead to files of ours. */
function valueImportsOf(source: string): readonly string[] {
  const values = read(source).replace(/^(import|export) type [^;]*;/gm, "");
  return specifiers(values)
    .map((specifier) => resolve(source, specifier))
    .filter((target) => sources.includes(target));
}

function specifiers(source: string): readonly string[] {
  const forms = /^(?:import|export)\b[^;"'`]*?from "([^"]+)"|\b(?:import|require)\("([^"]+)"\)|^import "([^"]+)"/gm;
  return [...source.matchAll(forms)].map(([, from, called, bare]) => (from ?? called ?? bare) as string);
}

function resolve(source: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const path = normalize(join(dirname(source), specifier));
  return path.endsWith(".json") ? path : `${path}.ts`;
}

function quoted(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner as string);
}
