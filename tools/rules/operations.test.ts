// Every command keeps the same manners: it explains itself, speaks JSON, and is named after its file.
import type { Command } from "commander";
import { expect, test } from "vitest";
import { VERBS } from "../../ops/cli";
import { FILES, read } from "./tree";

const verbs = Object.entries(VERBS);

/** Prints one value for a pipe, and nothing else in any form. */
const WITHOUT_JSON = ["secret"];
/** About this machine or this tree, not about one stack. */
const WITHOUT_STACK = ["images", "doctor", "test", "cluster", "bench"];

test.each(verbs)("%s is named after its file and says what it does", async (verb, { summary, load }) => {
  expect(FILES).toContain(`ops/${verb}.ts`);
  const command = await load();
  expect(command.name()).toBe(verb);
  expect([summary, command.description()].every((text) => text.length > 10)).toBe(true);
  expect(help(command)).toMatch(/Examples:\n {2}groundwork /);
});

test.each(verbs)("%s takes the options that all commands take", async (verb, { load }) => {
  const { options } = await load();
  const taken = options.map(({ long }) => long);
  expect(taken.includes("--json")).toBe(!WITHOUT_JSON.includes(verb));
  if (!WITHOUT_STACK.includes(verb)) expect(taken).toContain("--stack");
});

test("every file of ops/ is a command, or the command line itself", () => {
  const files = FILES.flatMap((path) => /^ops\/([^/]+)\.ts$/.exec(path)?.[1] ?? []).filter(
    (name) => !name.endsWith(".test"),
  );
  expect(files.sort()).toEqual([...Object.keys(VERBS), "cli"].sort());
});

test("every package is pinned to one version", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
});

function help(command: Command): string {
  let text = "";
  command
    .configureOutput({
      writeOut: (piece) => {
        text += piece;
      },
    })
    .outputHelp();
  return text;
}
