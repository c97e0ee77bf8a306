// Turns what zod finds wrong into problems a user can act on. Facts come from the issue, hints from the schema's own words.
import { z } from "zod";
import type { Problem } from "./errors";

/** Longest excerpt of a wrong value that an error repeats. */
const EXCERPT = 60;

const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "a mapping of names to values",
  string: "text",
};

/** Every problem of `value` under `schema`, its path written after `where`; none when the value is valid. */
export function schemaProblems(where: string, schema: z.ZodType, value: unknown): readonly Problem[] {
  const result = schema.safeParse(value, { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap((issue) => toProblems(where, schema, issue));
}

function toProblems(where: string, schema: z.ZodType, issue: z.core.$ZodIssue): Problem[] {
  const at = (path: readonly PropertyKey[]) => `${where}: ${path.join("/")}`;
  if (issue.code === "unrecognized_keys") {
    const hint = `the names known here: ${names(schemaAt(schema, issue.path)).join(", ")}`;
    return issue.keys.map((key) => ({ path: at([...issue.path, key]), fact: "is not a known value", hint }));
  }
  const hint = hintOf(schemaAt(schema, issue.path));
  const got = isSensitive(schema, issue.path) ? "[REDACTED]" : undefined;
  return [{ path: at(issue.path), fact: factOf(issue, got), ...(hint !== undefined && { hint }) }];
}

function factOf(issue: z.core.$ZodIssue, got = excerpt(issue.input)): string {
  if (issue.input === undefined) return "must be given";
  return `${ruleOf(issue)}, got ${got}`;
}

/** Whether what stands at the path, or around it, is marked as nothing to show. */
function isSensitive(schema: z.core.$ZodType, path: readonly PropertyKey[]): boolean {
  return path.some((_, depth) => metaOf(schemaAt(schema, path.slice(0, depth + 1)))?.writeOnly === true);
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith("must be")) return issue.message;
  if (issue.code === "invalid_type") return `must be ${KINDS[issue.expected] ?? issue.expected}`;
  if (issue.code === "too_small") return `must be ${issue.minimum} or more`;
  if (issue.code === "too_big") return `must be ${issue.maximum} or less`;
  if (issue.code === "invalid_value") return `must be ${issue.values.join(" or ")}`;
  return issue.message.toLowerCase();
}

function excerpt(value: unknown): string {
  // An encrypted value is nobody's business, and `secure` is how Pulumi marks one.
  if (typeof value === "object" && value !== null && "secure" in value) return "[REDACTED]";
  const written = JSON.stringify(value) ?? "nothing";
  return written.length <= EXCERPT ? written : `${written.slice(0, EXCERPT)}…`;
}

/** The part of a schema that a path leads to, without its defaults; `undefined` where the path leaves the schema. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const bare = unwrap(schema);
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  if (bare instanceof z.ZodObject) {
    const next: z.core.$ZodType | undefined = bare.shape[String(step)];
    return next && schemaAt(next, rest);
  }
  // What an element means is said once, on its list.
  return bare instanceof z.ZodArray ? schema : undefined;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrap(schema.def.innerType);
  return schema;
}

function names(schema: z.core.$ZodType | undefined): readonly string[] {
  const bare = schema && unwrap(schema);
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
}

function hintOf(schema: z.core.$ZodType | undefined): string | undefined {
  const meta = metaOf(schema);
  if (meta?.description === undefined) return undefined;
  const [example] = (meta.examples as unknown[] | undefined) ?? [];
  return example === undefined ? meta.description : `${meta.description}, e.g. ${JSON.stringify(example)}`;
}

function metaOf(schema: z.core.$ZodType | undefined): z.core.GlobalMeta | undefined {
  return schema && (z.globalRegistry.get(schema) ?? z.globalRegistry.get(unwrap(schema)));
}
