// How long a preview of a stack takes, against a preview of a program that registers nothing.
import { join } from "node:path";
import { stringify } from "yaml";
import { ensureStack, prepareWorkspace, pulumi } from "../ops/lib/pulumi";
import { replaceFile } from "../tools/atomic-file";
import { PRIVATE } from "../tools/paths";
import { inTurns, type Measure } from "./measurement";

const EMPTY = join(PRIVATE, "bench", "empty");
const ROUNDS = 5;

export const measurePreview: Measure = async (report, stack) => {
  prepareWorkspace(stack);
  await ensureStack(stack);
  await makeEmptyProgram(stack);
  const preview = (folder?: string) => () =>
    pulumi(stack, ["preview", "--json"], folder === undefined ? {} : { folder });
  report(`${ROUNDS + 1} previews of each`);
  const [value, floor] = await inTurns(ROUNDS, preview(), preview(EMPTY));
  return [
    {
      name: "preview",
      about: `preview of stack ${stack} ÷ preview of an empty program`,
      value,
      unit: "s",
      peer: { name: "empty program", value: floor },
    },
  ];
};

/** The same runtime and options as ours, in a project of its own below the root, where it finds the SDK. */
async function makeEmptyProgram(stack: string): Promise<void> {
  const options = { typescript: false, packagemanager: "npm", nodeargs: "--stack-trace-limit=0" };
  replaceFile(join(EMPTY, "Pulumi.yaml"), stringify({ name: "empty", runtime: { name: "nodejs", options } }));
  replaceFile(join(EMPTY, "package.json"), JSON.stringify({ name: "empty", version: "0.0.0", main: "index.js" }));
  replaceFile(join(EMPTY, "index.js"), 'require("@pulumi/pulumi");\n');
  await pulumi(stack, ["stack", "select", "--create"], { folder: EMPTY });
}
