// `groundwork status`: how the services of a stack are, asked of the running platform and of nothing else.
import type { Command } from "commander";
import { printJson, type StackOptions, stackCommand } from "./lib/command";
import { EXIT } from "./lib/failure";
import { omittedNote, paragraphs } from "./lib/omitted";
import { operationsOf } from "./lib/platforms/operations";
import { loadStack } from "./lib/stack";
import { isWell, stackStatus } from "./lib/status";
import { statusTable } from "./lib/tables";

export function statusCommand(): Command {
  return stackCommand("status", "Show how each service is: 0 all well, 1 not, 2 the platform does not answer.", [
    ["status", "of the local stack"],
    ["status -s test --json", "for programs"],
  ]).action(status);
}

async function status({ stack, json }: StackOptions): Promise<void> {
  const context = loadStack(stack);
  const { environment, services, omitted } = context;
  const operations = operationsOf(environment);
  await operations.requireAnswer(context);
  const found = stackStatus(environment, services, await operations.copies(context));
  if (json) printJson({ ...found, omitted });
  else process.stdout.write(`${paragraphs(statusTable(found), omittedNote(stack, omitted))}\n`);
  process.exitCode = isWell(found) ? EXIT.done : EXIT.failed;
}
