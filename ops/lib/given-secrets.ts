// Secrets that a person gives: which values are refused, and how one gets into a stack file. Encryption is Pulumi's own, by the
// stack's passphrase or KMS key, so that the plain CLI and CI read the file like any other.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parse, parseDocument } from "yaml";
import { GIVEN_KEY, GIVEN_SECRETS, type GivenSecretName, NAMESPACE } from "../../infra/environment";
import type { Problem } from "../../infra/lib/errors";
import { stackFile } from "../../infra/stack-file";
import { replaceFile } from "../../tools/atomic-file";
import { ROOT } from "../../tools/paths";
import { failure } from "./failure";
import { ensureStack, MACHINE_STACKS, prepareWorkspace, pulumi, workspaceFile } from "./pulumi";

/** What Pulumi keeps in a stack file beside the values: with what they are encrypted. */
const ENCRYPTION = ["secretsprovider", "encryptionsalt", "encryptedkey"] as const;
/** Where the given secrets stand in a stack file. */
const PLACE = ["config", `${NAMESPACE}${GIVEN_KEY}`] as const;

/** Words that stand where a secret should; examples and demo keys begin or end with them. */
const PLACEHOLDER =
  /^(your|my|the|an?|insert|enter|put)[ _-]|change.?(me|it|this)|replace.?(me|this)|placeholder|example|dummy|^(test|demo|sample|fake)|password|^[<$%{].*[>%}]$|\.\.\.|…/i;
/** Fewer different characters than this nobody draws. */
const LEAST_VARIETY = 5;

/** Why `value` cannot be this secret; the value itself is never repeated. */
export function valueProblems(name: GivenSecretName, value: string): readonly Problem[] {
  const { length, begins = "" } = GIVEN_SECRETS[name];
  const path = `secret set ${name}`;
  const hint = `pipe the real value in: … | ./groundwork secret set ${name} -s STACK`;
  const facts = [
    ...(value === "" ? ["got nothing on standard input"] : []),
    ...(/\s|\p{Cc}/u.test(value) ? ["must be one line without spaces"] : []),
    ...(value !== "" && value.length < length ? [`must have ${length} characters or more, got ${value.length}`] : []),
    ...(value !== "" && !value.startsWith(begins) ? [`must begin with ${begins}`] : []),
    ...(PLACEHOLDER.test(value) || (value !== "" && new Set(value).size < LEAST_VARIETY)
      ? ["is a placeholder or a demo value, which everybody knows"]
      : []),
  ];
  return facts.map((fact) => ({ path, fact, hint }));
}

/** The text of a stack file with one more encrypted value, and with what it is encrypted. All else stays as it is. */
export function withSecret(
  source: string,
  name: GivenSecretName,
  { secure, encryption }: { readonly secure: string; readonly encryption: Readonly<Record<string, string>> },
): string {
  const file = parseDocument(source);
  file.setIn([...PLACE, name], file.createNode({ secure }));
  for (const [key, value] of Object.entries(encryption)) file.set(key, value);
  return written(file);
}

/** The text of a stack file without that value. `withoutSalt`: nor the salt, once nothing is left that it decrypts. */
export function withoutSecret(
  source: string,
  name: GivenSecretName,
  { withoutSalt }: { readonly withoutSalt: boolean },
): string {
  const file = parseDocument(source);
  file.deleteIn([...PLACE, name]);
  const left = file.getIn(PLACE) as { items?: readonly unknown[] } | undefined;
  if (left?.items?.length === 0) file.deleteIn(PLACE);
  const text = written(file);
  if (!withoutSalt || /\bsecure: /.test(text)) return text;
  file.delete("encryptionsalt");
  return written(file);
}

/** Padding and line breaks as people write stack files, so that a diff shows the secret and nothing else. */
function written(file: Document): string {
  return file.toString({ flowCollectionPadding: false, lineWidth: 0 });
}

/** Encrypts `value` and writes it into the stack's file. The stack's state is made if there is none: Pulumi's CLI asks for it. */
export async function setSecret(stack: string, name: GivenSecretName, value: string): Promise<void> {
  prepareWorkspace(stack);
  await ensureStack(stack);
  // Through standard input: arguments are visible to every user of the machine.
  await pulumi(stack, ["config", "set", "--secret", "--path", `${NAMESPACE}${GIVEN_KEY}["${name}"]`], { input: value });
  const copy: StackYaml = parse(readFileSync(workspaceFile(stack), "utf8"));
  const secure = copy.config?.[PLACE[1]]?.[name]?.secure;
  if (secure === undefined) throw failure(`secret ${name}`, "was not encrypted by pulumi config set");
  const encryption = Object.fromEntries(
    ENCRYPTION.flatMap((key) => (copy[key] === undefined ? [] : [[key, copy[key] as string]])),
  );
  rewrite(stack, (source) => withSecret(source, name, { secure, encryption }));
}

/** Removes the value from the stack's file. */
export function unsetSecret(stack: string, name: GivenSecretName): void {
  rewrite(stack, (source) => withoutSecret(source, name, { withoutSalt: MACHINE_STACKS.includes(stack) }));
}

function rewrite(stack: string, change: (source: string) => string): void {
  const path = join(ROOT, stackFile(stack));
  replaceFile(path, change(readFileSync(path, "utf8")));
}

type StackYaml = Partial<Record<(typeof ENCRYPTION)[number], string>> & {
  readonly config?: Readonly<Record<string, Readonly<Record<string, { readonly secure?: string }>>>>;
};
