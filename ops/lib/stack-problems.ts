// Everything in the way of a stack, its values included.
import { InvalidInput, type Problem } from "../../infra/lib/errors";
import { capacityNote } from "./capacity-note";
import { Failure } from "./failure";
import { unpinnedNote } from "./image-pins";
import { operationsOf } from "./platforms/operations";
import { loadStack } from "./stack";

/** What stands in the way of `up`, without doing anything, and what the platform cannot promise. */
export async function stackProblems(
  stack: string,
): Promise<{ readonly problems: readonly Problem[]; readonly notes: readonly string[] }> {
  try {
    const context = loadStack(stack);
    const operations = operationsOf(context.environment);
    const problems = await operations.preflight(context);
    const notes = [capacityNote(context), unpinnedNote(context), ...(await operations.notes(context))].filter(
      (note) => note !== "",
    );
    return { problems, notes: problems.length > 0 ? [] : notes };
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof Failure) return { problems: error.problems, notes: [] };
    throw error;
  }
}
