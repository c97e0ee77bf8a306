// Stacks that exist for one test: a file in stacks/ which is written before and removed after.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { ROOT } from "../../../tools/paths";
import { NAMESPACE } from "../../environment";
import { stackFile } from "../../stack-file";

/** Writes the file of a stack. */
export function writeStackFile(stack: string, values: Readonly<Record<string, unknown>>): void {
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`${NAMESPACE}${key}`, value]));
  writeFileSync(join(ROOT, stackFile(stack)), stringify({ config }));
}

/** Removes the file of a stack, if there is one. */
export function removeStackFile(stack: string): void {
  rmSync(join(ROOT, stackFile(stack)), { force: true });
}
