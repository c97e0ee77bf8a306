// The form that every command shares: options, help with examples, and how bad usage is answered.
import { Command, CommanderError } from "commander";
import { formatProblem } from "../../infra/lib/errors";
import { EXIT, type ExitCode } from "./failure";

/** Options of every command that works on a stack. */
export interface StackOptions {
  readonly stack: string;
  /** Print one JSON document on standard output; progress goes to standard error. */
  readonly json?: true;
}

/** An example under `--help`: what to type, and what it does. */
export type Example = readonly [command: string, effect: string];

/** A command of Groundwork; `groundwork ` is put before each example. */
export function command(name: string, description: string, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([typed]) => typed.length));
  const lines = examples.map(([typed, effect]) => `  groundwork ${typed.padEnd(width)}  ${effect}`);
  return new Command(name)
    .description(description)
    .helpOption("-h, --help", "print this")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/** A command that works on a stack. */
export function stackCommand(name: string, description: string, examples: readonly Example[]): Command {
  return command(name, description, examples)
    .option("-s, --stack <stack>", "the stack, named as in stacks/Pulumi.<stack>.yaml", "local")
    .option("--json", "print one JSON document; progress goes to standard error");
}

/** Runs a program on `argv` and returns its exit code: 64 for bad usage. Errors of actions are thrown. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<ExitCode> {
  for (const each of withSubcommands(program))
    each.exitOverride().configureOutput({ outputError: (text, write) => write(usageError(each, text)) });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return (process.exitCode as ExitCode | undefined) ?? EXIT.done;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}

function withSubcommands(program: Command): readonly Command[] {
  return [program, ...program.commands.flatMap(withSubcommands)];
}

/** `error: unknown option '--x'` in the form of every other error. */
function usageError(at: Command, text: string): string {
  const [fact = "", ...suggestion] = text
    .trim()
    .replace(/^error: /, "")
    .split("\n");
  const path = fullName(at);
  const hint = suggestion.length > 0 ? suggestion.join(" ").replace(/^\(|\)$/g, "") : `${path} --help`;
  return `${formatProblem({ path, fact, hint })}\n`;
}

/** `groundwork secret set`. */
function fullName(at: Command): string {
  return at.parent === null ? at.name() : `${fullName(at.parent)} ${at.name()}`;
}

/** Prints a command's JSON document. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Tells a person something: on standard output, or on standard error where that belongs to a JSON document. */
export function say(text: string, { json }: { readonly json?: true }): void {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
}
