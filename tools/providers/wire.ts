// How property values travel between engine and provider: secrets arrive wrapped, values not known yet as fixed strings.

/** Property values as the engine sends them, or plain ones: JSON. */
export type Properties = Readonly<Record<string, unknown>>;

/** Stands for a value that is known only after an update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine marks unknown values by the type they will have; `UNKNOWN` is the one for strings and for any type. */
const UNKNOWNS: ReadonlySet<unknown> = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

interface Secret {
  readonly [SIGNATURE]: typeof SECRET;
  readonly value: unknown;
}

/** Marks a value as secret; a marked one stays as it is. */
export function asSecret(value: unknown): unknown {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** The plain value: secrets opened, absent entries left out, unknown values still `UNKNOWN`. */
export function reveal(value: Properties): Properties;
export function reveal(value: unknown): unknown;
export function reveal(value: unknown): unknown {
  if (isSecret(value)) return reveal(value.value);
  if (UNKNOWNS.has(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item) => reveal(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null || inner === undefined ? [] : [[key, reveal(inner)]],
    ),
  );
}

/** Whether any part of a value is unknown. */
export function hasUnknown(value: unknown): boolean {
  return UNKNOWNS.has(value) || children(value).some(hasUnknown);
}

/** Whether any part of a value is secret. */
export function hasSecret(value: unknown): boolean {
  return isSecret(value) || children(value).some(hasSecret);
}

/** Shortest secret, or part of one, worth hiding: anything shorter would blot out ordinary words. */
const SHORTEST = 6;

/**
 * Returns a function that hides the secrets of `value` in a text: each whole secret, and the password-like words inside
 * longer ones (a configuration file with a password in it), since a program may print just that word.
 */
export function redactor(value: unknown): (text: string) => string {
  const words = new Set<string>();
  collectSecrets(value, false, words);
  const longestFirst = [...words].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, word) => rest.replaceAll(word, "[REDACTED]"), text);
}

function collectSecrets(value: unknown, secret: boolean, into: Set<string>): void {
  if (typeof value === "string") {
    if (!secret) return;
    if (value.trim().length >= SHORTEST) into.add(value.trim());
    for (const word of value.match(/[\w+/=-]{16,}/g) ?? [])
      if (/[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word)) into.add(word);
    return;
  }
  if (isSecret(value)) collectSecrets(value.value, true, into);
  else for (const inner of children(value)) collectSecrets(inner, secret, into);
}

function children(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSecret(value: unknown): value is Secret {
  return isObject(value) && value[SIGNATURE] === SECRET;
}
