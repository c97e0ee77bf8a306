// `groundwork secret NAME`: one secret on standard output, for a person or a pipe. The only command that prints any.
import type { Command } from "commander";
import { SECRETS } from "../infra/catalogue/secrets";
import { command } from "./lib/command";
import { Failure, failure, unable } from "./lib/failure";
import { prepareWorkspace, pulumi, stackExists } from "./lib/pulumi";

export function secretCommand(): Command {
  return command("secret", "Print one generated secret, or the CA's certificate, and nothing else.", [
    ["secret postgres-app", "the password of the application role"],
    ["secret authority -s test > ca.pem", "the certificate that clients must trust"],
  ])
    .argument("<name>", `one of: authority, ${Object.keys(SECRETS).join(", ")}`)
    .option("-s, --stack <stack>", "the stack, named as in stacks/Pulumi.<stack>.yaml", "local")
    .action(secret);
}

async function secret(name: string, { stack }: { stack: string }): Promise<void> {
  const known = ["authority", ...Object.keys(SECRETS)];
  if (!known.includes(name))
    throw new Failure([{ path: `secret ${name}`, fact: "is not known", hint: known.join(", ") }], 64);
  prepareWorkspace(stack);
  if (!(await stackExists(stack))) throw unable(`stack ${stack}`, "is not up", `groundwork up -s ${stack}`);
  const outputs: Outputs = JSON.parse(await pulumi(stack, ["stack", "output", "--json", "--show-secrets"]));
  const value = name === "authority" ? outputs.authority : outputs.secrets?.[name];
  if (value === undefined) throw failure(`secret ${name}`, `is not in stack ${stack}`, `groundwork up -s ${stack}`);
  process.stdout.write(value.endsWith("\n") ? value : `${value}\n`);
}

/** The stack's outputs that hold secrets. */
interface Outputs {
  readonly authority?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}
