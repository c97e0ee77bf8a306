// Keeps what the plain `pulumi` writes into the files of one-machine stacks out of git; see .gitattributes.
// `./groundwork` itself never touches those files: it works on copies.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/paths";

/**
 * Undoes what the CLI does to a stack file beside its purpose: it adds `encryptionsalt: v1:…`, and turns
 * `groundwork:protect: false` into `groundwork:protect: "false"`, which it reads as the same value.
 */
export const STACK_FILE_FILTER = String.raw`sed -e '/^encryptionsalt:/d' -e 's/^\(  [a-z]*:[A-Za-z]*: \)"\(true\|false\)"$/\1\2/'`;

/** Defines the filter in this clone's configuration; does nothing outside a git clone. */
export function keepSaltOutOfGit(root: string = ROOT): void {
  if (!existsSync(join(root, ".git"))) return;
  execFileSync("git", ["config", "--local", "filter.groundwork-stack-file.clean", STACK_FILE_FILTER], { cwd: root });
}
