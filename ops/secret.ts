// `groundwork secret`: prints one secret for a person or a pipe, and is the only command that prints any; sets those that
// only people have.
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { SECRETS } from "../infra/catalogue/secrets";
import { GIVEN_SECRETS, type GivenSecretName, parseEnvironment, readStackFile } from "../infra/environment";
import { stackFile } from "../infra/stack-file";
import { ROOT } from "../tools/paths";
import { command, printJson, type StackOptions, say, stackCommand } from "./lib/command";
import { EXIT, Failure, failure, unable } from "./lib/failure";
import { setSecret, unsetSecret, valueProblems } from "./lib/given-secrets";
import { isOwnPassphrase, prepareWorkspace, pulumi, stackExists } from "./lib/pulumi";
import { table } from "./lib/tables";

const GIVEN_NAMES = Object.keys(GIVEN_SECRETS);

/** `-s` is known to `secret` and to its subcommands alike, and commander gives it to the former: hence `optsWithGlobals`. */
export function secretCommand(): Command {
  return command("secret", "Print one secret, or the CA's certificate, and nothing else.", [
    ["secret postgres-app", "the password of the application role"],
    ["secret authority -s test > ca.pem", "the certificate that clients must trust"],
    ["secret list -s prod", "which secrets there are, and which are set"],
    ["secret set smtp-password -s prod", "asks for the value, or reads it from a pipe"],
  ])
    .argument("<name>", `one of: authority, ${Object.keys(SECRETS).join(", ")}`)
    .option("-s, --stack <stack>", "the stack, named as in stacks/Pulumi.<stack>.yaml", "local")
    .action(secret)
    .addCommand(setCommand())
    .addCommand(unsetCommand())
    .addCommand(listCommand());
}

function setCommand(): Command {
  return stackCommand("set", "Encrypt a secret that only you have into the stack's file. Reads standard input.", [
    ["secret set smtp-password -s prod", "asks for the value and does not show it"],
    ["secret set smtp-password -s prod < file", "reads it from a file or a pipe"],
  ])
    .argument("<name>", `one of: ${GIVEN_NAMES.join(", ")}`)
    .action((name: string, _options, typed: Command) => set(name, typed.optsWithGlobals()));
}

function unsetCommand(): Command {
  return stackCommand("unset", "Remove a secret that somebody gave from the stack's file.", [
    ["secret unset openai-key -s prod", "the next `up` takes it from the services"],
  ])
    .argument("<name>", `one of: ${GIVEN_NAMES.join(", ")}`)
    .action((name: string, _options, typed: Command) => unset(name, typed.optsWithGlobals()));
}

function listCommand(): Command {
  return stackCommand("list", "List the names of all secrets, and which of them are set. Shows no value.", [
    ["secret list -s prod", "the names and purposes"],
  ]).action((_options, typed: Command) => list(typed.optsWithGlobals()));
}

async function secret(name: string, { stack }: { stack: string }): Promise<void> {
  refuseUnknown(name, ["authority", ...Object.keys(SECRETS)]);
  prepareWorkspace(stack);
  if (!(await stackExists(stack))) throw unable(`stack ${stack}`, "is not up", `groundwork up -s ${stack}`);
  const outputs: Outputs = JSON.parse(await pulumi(stack, ["stack", "output", "--json", "--show-secrets"]));
  const value = name === "authority" ? outputs.authority : outputs.secrets?.[name];
  if (value === undefined) throw failure(`secret ${name}`, `is not in stack ${stack}`, `groundwork up -s ${stack}`);
  process.stdout.write(value.endsWith("\n") ? value : `${value}\n`);
}

async function set(typed: string, options: StackOptions): Promise<void> {
  const name = givenName(typed);
  const { stack } = options;
  readStackFile(ROOT, stack);
  const value = await readValue(name);
  const problems = valueProblems(name, value);
  if (problems.length > 0) throw new Failure(problems, EXIT.unable);
  await setSecret(stack, name, value);
  const key = isOwnPassphrase(stack)
    ? "\nIts key is .groundwork/passphrase of this checkout: elsewhere PULUMI_CONFIG_PASSPHRASE_FILE must name a copy of it"
    : "";
  tell(
    options,
    name,
    true,
    `${name} stands encrypted in ${stackFile(stack)}; ./groundwork up -s ${stack} delivers it${key}`,
  );
}

async function unset(typed: string, options: StackOptions): Promise<void> {
  const name = givenName(typed);
  const { stack } = options;
  if (!parseEnvironment(stack, readStackFile(ROOT, stack)).given.includes(name))
    throw unable(`${stackFile(stack)}: secrets/${name}`, "is not set");
  unsetSecret(stack, name);
  tell(options, name, false, `${name} is no longer in ${stackFile(stack)}`);
}

function list({ stack, json }: StackOptions): void {
  const { given } = parseEnvironment(stack, readStackFile(ROOT, stack));
  const rows = Object.entries(SECRETS).map(([name, { form, purpose }]) => {
    const isSet = form !== "given" || given.includes(name as GivenSecretName);
    return { name, source: form === "given" ? "a person" : "the stack", set: isSet, purpose };
  });
  const cells = rows.map(({ name, source, set, purpose }) => [name, source, set ? "yes" : "no", purpose]);
  if (json) printJson(rows);
  else say(table(["secret", "given by", "set", "purpose"], cells), {});
}

function tell(options: StackOptions, name: GivenSecretName, isSet: boolean, sentence: string): void {
  if (options.json) printJson({ name, stack: options.stack, set: isSet });
  else say(sentence, options);
}

function givenName(typed: string): GivenSecretName {
  const known = GIVEN_NAMES.includes(typed);
  if (!known && typed in SECRETS)
    throw new Failure([{ path: `secret ${typed}`, fact: "is made by the stack itself, and cannot be given" }], 64);
  refuseUnknown(typed, GIVEN_NAMES);
  return typed as GivenSecretName;
}

function refuseUnknown(name: string, known: readonly string[]): void {
  if (!known.includes(name))
    throw new Failure([{ path: `secret ${name}`, fact: "is not known", hint: known.join(", ") }], 64);
}

/** A pipe's whole content without its last line end; a person types it unseen. */
async function readValue(name: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, "");
  process.stderr.write(`${name} (what you type is not shown): `);
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await prompt.question("");
  } finally {
    prompt.close();
    process.stderr.write("\n");
  }
}

/** The stack's outputs that hold secrets. */
interface Outputs {
  readonly authority?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}
