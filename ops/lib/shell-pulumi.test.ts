// The `pulumi` that `groundwork env` offers: the pinned CLI, and committed stack files left as they were.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT } from "../../tools/paths";
import { MACHINE_STACKS } from "./pulumi";
import { shellPulumi } from "./shell-pulumi";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "groundwork-shell-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script around a stand-in for the CLI that does to the stack file what the CLI does, and fails. */
function runAround(stack: string, salt = "encryptionsalt: v1:abc=:v1:def"): number | null {
  const cli = join(folder, "cli");
  const file = join(folder, `Pulumi.${stack}.yaml`);
  const edit = `sed -i -e 's/: \\(true\\|false\\)$/: "\\1"/' '${file}'; echo '${salt}' >>'${file}'`;
  writeFileSync(cli, `#!/bin/sh\n${edit}\necho "$@"\nexit 3\n`, { mode: 0o755 });
  const script = join(folder, "pulumi");
  writeFileSync(script, shellPulumi(cli, folder, MACHINE_STACKS), { mode: 0o755 });
  const { status, stdout } = spawnSync(script, ["up", "a b"], { encoding: "utf8" });
  expect(stdout).toBe("up a b\n");
  return status;
}

test.each(MACHINE_STACKS)("leaves the committed file of stack %s as it was, and hands on the exit code", (stack) => {
  const name = `Pulumi.${stack}.yaml`;
  copyFileSync(join(ROOT, "stacks", name), join(folder, name));
  expect(runAround(stack)).toBe(3);
  expect(readFileSync(join(folder, name), "utf8")).toBe(readFileSync(join(ROOT, "stacks", name), "utf8"));
  expect(readdirSync(folder).sort()).toEqual([name, "cli", "pulumi"]);
});

test("leaves the salt to shared stacks, and to files with encrypted values", () => {
  const salted = "config:\n  groundwork:domain: localhost\nencryptionsalt: v1:abc=:v1:def\n";
  writeFileSync(join(folder, "Pulumi.prod.yaml"), salted.replace(/encryption.*\n/, ""));
  runAround("prod");
  expect(readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8")).toBe(salted);
  const secret = "config:\n  groundwork:key:\n    secure: v1:xyz\n";
  writeFileSync(join(folder, "Pulumi.local.yaml"), secret);
  runAround("local");
  expect(readFileSync(join(folder, "Pulumi.local.yaml"), "utf8")).toBe(`${secret}encryptionsalt: v1:abc=:v1:def\n`);
});

test.each(MACHINE_STACKS)("the file of stack %s is written as the CLI writes it", (stack) => {
  // The CLI writes mappings on one line without spaces inside the braces.
  expect(readFileSync(join(ROOT, "stacks", `Pulumi.${stack}.yaml`), "utf8")).not.toMatch(/\{ | \}/);
});
