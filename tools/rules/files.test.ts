// The form of files: names, openings, lengths, and what is not committed at all.
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { stackFile } from "../../infra/stack-file";
import { STACKS } from "../../infra/testing/stack-context";
import { ROOT } from "../paths";
import { FILES, read, typescript, WRITTEN } from "./tree";

/** Longer files carry the reason in their opening comment. */
const LONGEST = 250;

const SOURCES = typescript({ tests: true });

test("there are files to look at", () => {
  expect(SOURCES).toContain("tools/rules/files.test.ts");
});

test("files are named after what they hold, in kebab-case", () => {
  const vague = /(^|[-.])(utils?|helpers?|manager|common|base|misc|stuff)([-.]|$)/;
  expect(SOURCES.filter((path) => vague.test(basename(path)))).toEqual([]);
  expect(SOURCES.filter((path) => !/^[a-z0-9-]+(\.[a-z]+)*\.ts$/.test(basename(path)))).toEqual([]);
});

test("every source file opens by saying what it is", () => {
  expect(SOURCES.filter((path) => !/^(#!.*\n)?(\/\/|\/\*\*?) \S/.test(read(path)))).toEqual([]);
});

test("every Dockerfile and script opens by saying what it is", () => {
  const scripts = WRITTEN.filter((path) => /Dockerfile$|\.sh$/.test(path) || read(path).startsWith("#!"));
  const opening = /^(#!.*\n)?(# syntax=.*\n)?(#|\/\/|""") ?\S/;
  expect(scripts.filter((path) => !opening.test(read(path)))).toEqual([]);
});

test("a file longer than a reader's patience says why", () => {
  const long = SOURCES.filter((path) => read(path).split("\n").length - 1 > LONGEST);
  expect(long.filter((path) => !/long because/i.test(read(path).split(/\n(?!\/\/)/)[0] ?? ""))).toEqual([]);
});

test("nothing generated on one machine is committed", () => {
  expect(
    FILES.filter((path) => /(^|\/)(dist|node_modules|\.groundwork|coverage)\/|\.tsbuildinfo$|\.log$/.test(path)),
  ).toEqual([]);
});

test("stacks/ holds the values of known stacks and their schema, nothing else", () => {
  const known = [...STACKS.map((stack) => stackFile(stack)), "stacks/schema.json"];
  expect(FILES.filter((path) => path.startsWith("stacks/"))).toEqual(known.sort());
});

test("nothing large is committed", () => {
  expect(FILES.filter((path) => statSync(join(ROOT, path)).size > 2 ** 20)).toEqual([]);
});

test("nothing throws inside apply: Pulumi would turn it into an unhandled rejection", () => {
  expect(
    typescript({ tests: false }).filter((path) => applied(read(path)).some((body) => /\bthrow\b/.test(body))),
  ).toEqual([]);
});

/** What stands between the brackets of every `.apply(…)`. */
function applied(source: string): readonly string[] {
  return [...source.matchAll(/\.apply\(/g)].map(({ index }) => {
    const start = index + ".apply(".length;
    let end = start;
    for (let depth = 1; depth > 0 && end < source.length; end++) {
      if (source[end] === "(") depth++;
      if (source[end] === ")") depth--;
    }
    return source.slice(start, end);
  });
}

test("the search for throws finds one", () => {
  const guilty = "x.apply((v) => { if (f(v)) { throw v; } return v; }); throw y;";
  expect(applied(guilty)).toEqual(["(v) => { if (f(v)) { throw v; } return v; })"]);
});
