// What a stack does without, said wherever a person or a program looks at the whole of it.
import type { Omitted } from "../../infra/catalogue/catalogue";

/** One line per service that is left out, with the reason; empty when there is none. */
export function omittedNote(stack: string, omitted: readonly Omitted[]): string {
  if (omitted.length === 0) return "";
  const width = Math.max(...omitted.map(({ service }) => service.length));
  const lines = omitted.map(({ service, reason }) => `  ${service.padEnd(width)}  ${reason}`);
  return [`stack ${stack} does without:`, ...lines].join("\n");
}

/** The parts of an output that say something, a blank line between them. */
export function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}
