// Asks a person to type a word before something is lost. Never y/n: a word cannot be typed by habit.
import { createInterface } from "node:readline/promises";
import { unable } from "./failure";

export interface ConfirmOptions {
  /** The person has agreed already. */
  readonly yes: boolean;
}

/** Prints what will happen and waits for `word`; throws a `Failure` (exit 2) on anything else, or without a terminal. */
export async function confirm(what: string, word: string, { yes }: ConfirmOptions): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY)
    throw unable("confirmation", "is needed, and nobody can be asked without a terminal", "pass --yes to agree");
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await prompt.question(`${what}\nType '${word}' to proceed: `);
    if (typed.trim() !== word)
      throw unable("confirmation", `was not given: typed '${typed.trim()}', not '${word}'`, "nothing was changed");
  } finally {
    prompt.close();
  }
}
