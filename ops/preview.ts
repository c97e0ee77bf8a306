// `groundwork preview`: what `up` would change. Changes nothing itself.
import type { Command } from "commander";
import { printJson, type StackOptions, stackCommand } from "./lib/command";
import { failure } from "./lib/failure";
import { describePreview, foldPreview, hasChanges, type Preview } from "./lib/preview";
import { runTasks } from "./lib/progress";
import { ensureStack, prepareWorkspace, pulumi } from "./lib/pulumi";
import { loadStack } from "./lib/stack";
import { engineTasks } from "./lib/steps";

interface PreviewOptions extends StackOptions {
  readonly expectNoChanges?: true;
}

export function previewCommand(): Command {
  return stackCommand("preview", "Show what `up` would change: resources and properties, never values.", [
    ["preview", "of the local stack"],
    ["preview -s prod --expect-no-changes", "fails if anything would change"],
  ])
    .option("--expect-no-changes", "fail (exit 1) if anything would change")
    .action(preview);
}

async function preview(options: PreviewOptions): Promise<void> {
  loadStack(options.stack);
  await runTasks(engineTasks(), { json: options.json === true, quiet: true });
  const found = await previewStack(options.stack);
  if (options.json) printJson(found);
  else process.stdout.write(`${describePreview(found)}\n`);
  if (options.expectNoChanges && hasChanges(found))
    throw failure(`stack ${options.stack}`, "would change", `groundwork up -s ${options.stack}`);
}

/** What `up` would change in a stack whose tools are there. */
export async function previewStack(stack: string): Promise<Preview> {
  prepareWorkspace(stack);
  await ensureStack(stack);
  const { omitted } = loadStack(stack);
  return foldPreview(stack, JSON.parse(await pulumi(stack, ["preview", "--json"])), omitted);
}
