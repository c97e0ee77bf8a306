// Conventions that every command keeps, also one not yet written. `bench` loads Pulumi, hence the tier.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { ROOT } from "../tools/paths";
import { VERBS } from "./cli";
import { runProgram } from "./lib/command";

const NAMES = readdirSync(join(ROOT, "ops"))
  .filter((name) => /^[a-z]+\.ts$/.test(name) && name !== "cli.ts")
  .map((name) => name.replace(/\.ts$/, ""));

test("every file is a command, and every command a file", () => {
  expect(Object.keys(VERBS).sort()).toEqual(NAMES.sort());
});

describe.each(Object.entries(VERBS))("%s", (name, { load }) => {
  test("has its name, a description, examples and a stack", async () => {
    const command = await load();
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(command.name()).toBe(name);
    expect(command.description()).toMatch(/\.$/);
    expect(help).toMatch(new RegExp(`\nExamples:\n  groundwork ${name}`));
    const longs = command.options.map(({ long }) => long);
    // Images and the test cluster are the same for every stack; a secret alone is printed as it is.
    expect(longs).toContain(name === "images" || name === "cluster" ? "--json" : "--stack");
    expect(longs).toContain(name === "secret" ? "--stack" : "--json");
  });

  test("answers an unknown option with 64, one problem and a hint", async () => {
    let said = "";
    const program = new Command("groundwork").addCommand(await load());
    const write = process.stderr.write;
    process.stderr.write = ((text: string) => (said += text)) as never;
    try {
      expect(await runProgram(program, [name, "--no-such-thing"])).toBe(64);
    } finally {
      process.stderr.write = write;
    }
    expect(said).toBe(`groundwork ${name}: unknown option '--no-such-thing'\n  hint: groundwork ${name} --help\n`);
  });
});
