// Reads the values of a stack: from its file, or as the engine passes them. What they may be is infra/environment.ts's affair.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { invalid, refuse } from "./lib/errors";

/** Configuration namespace in the stack files. */
export const NAMESPACE = "groundwork:";

/** Names of stacks end up in names of containers and hosts. */
const STACK_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** The file of a stack, relative to the project's root. */
export function stackFile(stack: string): string {
  return `stacks/Pulumi.${stack}.yaml`;
}

/** The `groundwork:` values of `stacks/Pulumi.<stack>.yaml` below `root`, unchecked. Throws `InvalidInput` if it is unreadable. */
export function readStackFile(root: string, stack: string): Record<string, unknown> {
  if (!STACK_NAME.test(stack))
    throw invalid(
      "stack",
      `must be 1 to 32 lowercase letters, digits and hyphens, a letter first, got ${JSON.stringify(stack)}`,
      "choose a name such as local or staging",
    );
  const path = join(root, stackFile(stack));
  if (!existsSync(path))
    throw invalid(stackFile(stack), "does not exist", "copy stacks/Pulumi.local.yaml and change its ports");
  return namespaced(stack, parsed(stackFile(stack), readFileSync(path, "utf8")));
}

/**
 * The values that the engine passes to the program: strings, in which everything but plain text is JSON. What `secretKeys` name
 * comes back as a stack file shows it, `{ secure }` without content: whoever checks values can neither keep nor print it.
 */
export function configValues(
  config: Readonly<Record<string, string>>,
  secretKeys: readonly string[],
): Record<string, unknown> {
  const entries = Object.entries(config).map(([key, value]): readonly [string, unknown] => {
    const read = fromConfig(value);
    return [key, secretKeys.includes(key) ? veiled(read) : read];
  });
  return ours(entries, (value) => value);
}

function veiled(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return { secure: "" };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, veiled(inner)]));
}

function fromConfig(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function parsed(where: string, source: string): unknown {
  try {
    return parse(source)?.config ?? {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [line] = error.linePos ?? [];
    // The message's first line only: the rest quotes the file, which may hold encrypted values.
    throw invalid(
      `${where}:${line?.line ?? 1}`,
      `is not YAML (${error.code.toLowerCase()})`,
      "mind indentation and colons",
    );
  }
}

function namespaced(stack: string, config: unknown): Record<string, unknown> {
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw invalid(
      `${stackFile(stack)}: config`,
      "must be a mapping",
      `write config: and below it ${NAMESPACE}platform: docker`,
    );
  const entries = Object.entries(config);
  refuseBare(stack, entries);
  // The CLI reads a boolean or number of the file as a string, and writes it back as one.
  return ours(entries, (value) => (typeof value === "string" ? fromConfig(value) : value));
}

function ours<T>(entries: readonly (readonly [string, T])[], read: (value: T) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (key.startsWith(NAMESPACE) ? [[key.slice(NAMESPACE.length), read(value)]] : [])),
  );
}

/** A key without a namespace would be passed over without a word. */
function refuseBare(stack: string, entries: readonly (readonly [string, unknown])[]): void {
  refuse(
    entries.flatMap(([key]) =>
      key.includes(":")
        ? []
        : [{ path: `${stackFile(stack)}: ${key}`, fact: "has no namespace", hint: `write it as ${NAMESPACE}${key}` }],
    ),
  );
}
