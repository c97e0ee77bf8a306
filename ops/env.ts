// `groundwork env`: what a shell must export so that the plain `pulumi` works on this checkout's stacks.
import type { Command } from "commander";
import { printJson, type StackOptions, stackCommand } from "./lib/command";
import { type PulumiVariables, prepareWorkspace, pulumiVariables } from "./lib/pulumi";
import { SHELL_BIN, writeShellPulumi } from "./lib/shell-pulumi";

export function envCommand(): Command {
  return stackCommand("env", 'Print what the plain `pulumi` needs, as lines for a shell: eval "$(./groundwork env)".', [
    ["env", "for the local stack"],
    ["env -s prod", "for a stack whose backend and passphrase the shell names already"],
  ]).action(env);
}

function env({ stack, json }: StackOptions): void {
  prepareWorkspace(stack);
  writeShellPulumi();
  const { set, unset } = pulumiVariables(stack);
  const variables = { set: { ...set, PATH: `${SHELL_BIN}:${set.PATH}` }, unset };
  if (json) printJson(variables);
  else process.stdout.write(`${shellLines(variables).join("\n")}\n`);
}

function shellLines({ set, unset }: PulumiVariables): readonly string[] {
  return [
    ...unset.map((name) => `unset ${name}`),
    ...Object.entries(set).map(([name, value]) => `export ${name}=${quoted(value)}`),
  ];
}

/** Single quotes keep everything as it is but themselves. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
