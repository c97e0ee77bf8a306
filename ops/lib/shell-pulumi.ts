// The `pulumi` that `groundwork env` puts first on PATH: the pinned CLI, and then one thing tidied up.
// The CLI writes the encryption salt of a stack into its file. For stacks that live on one machine the state's copy of the
// salt is enough, and the committed file should stay as it is; `./groundwork` itself works on copies of the files.
import { join } from "node:path";
import { replaceFile } from "../../tools/atomic-file";
import { PRIVATE, ROOT } from "../../tools/paths";
import { toolPath } from "../../tools/recipe";
import { MACHINE_STACKS } from "./pulumi";

/** The folder that goes first on PATH. */
export const SHELL_BIN = join(PRIVATE, "shell");

/** Writes the program. */
export function writeShellPulumi(): void {
  replaceFile(join(SHELL_BIN, "pulumi"), shellPulumi(toolPath("pulumi"), join(ROOT, "stacks"), MACHINE_STACKS), 0o755);
}

/**
 * A script that runs `cli` and then undoes what it did to the files of `stacks` beside its purpose: it adds
 * `encryptionsalt: v1:…`, and turns `groundwork:protect: false` into `groundwork:protect: "false"`, which reads the same.
 * A file with encrypted values keeps its salt: they belong together.
 */
export function shellPulumi(cli: string, folder: string, stacks: readonly string[]): string {
  return String.raw`#!/bin/sh
# The pinned Pulumi CLI; keeps this machine's encryption salt out of committed stack files. Written by ./groundwork env.
'${cli}' "$@"
code=$?
for stack in ${stacks.join(" ")}; do
  file='${folder}'/Pulumi.$stack.yaml
  if grep -q '^encryptionsalt:' "$file" 2>/dev/null && ! grep -q ' secure: ' "$file"; then
    sed -e '/^encryptionsalt:/d' -e 's/^\(  [a-z]*:[A-Za-z]*: \)"\(true\|false\)"$/\1\2/' "$file" >"$file.$$" &&
      mv "$file.$$" "$file"
  fi
done
exit "$code"
`;
}
