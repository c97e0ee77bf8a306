// Errors as a user meets them: the path or fact first, then the hint. Every layer reports problems in this one form.

/** One reason why an input cannot be used. */
export interface Problem {
  /** Where: `service/field`, a file, or a command. */
  readonly path: string;
  /** What is wrong, in the caller's words: lowercase, no full stop, with the value given and the values allowed. */
  readonly fact: string;
  /** The change to make or, best, the command to type. */
  readonly hint?: string;
}

/** `path: fact` and, on the next line, `  hint: …`. */
export function formatProblem({ path, fact, hint }: Problem): string {
  return hint === undefined ? `${path}: ${fact}` : `${path}: ${fact}\n  hint: ${hint}`;
}

/** An error whose message may be shown to the user as it is; it carries every problem of one input at once. */
export class InvalidInput extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "InvalidInput";
  }
}

/** The error for one problem. */
export function invalid(path: string, fact: string, hint?: string): InvalidInput {
  return new InvalidInput([hint === undefined ? { path, fact } : { path, fact, hint }]);
}

/** Throws one `InvalidInput` with all of `problems`; does nothing when there are none. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInput(problems);
}

/** The problem as a list of one when `when` holds, else none; for rules that are concatenated. */
export function problemIf(when: boolean, path: string, fact: string, hint?: string): readonly Problem[] {
  if (!when) return [];
  return [hint === undefined ? { path, fact } : { path, fact, hint }];
}
