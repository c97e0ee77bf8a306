// `groundwork images`: builds the images that this tree lacks. `up` does it too.
import type { Command } from "commander";
import { imageTags } from "../tools/images";
import { command, printJson } from "./lib/command";
import { runTasks } from "./lib/progress";
import { imageSteps } from "./lib/steps";

export function imagesCommand(): Command {
  return command(
    "images",
    "Build the images that this tree lacks; their tags are hashes of what they are built from.",
    [
      ["images", "builds what is missing"],
      ["images --json", "and prints every image's tag"],
    ],
  )
    .option("--json", "print one JSON document; progress goes to standard error")
    .action(images);
}

async function images({ json }: { readonly json?: true }): Promise<void> {
  await runTasks(imageSteps(), { json: json === true });
  if (json) printJson(imageTags());
}
