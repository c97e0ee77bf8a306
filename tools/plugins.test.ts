// The scripts by which the engine starts our plugins.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { script } from "./plugins";

test("the script starts the program with that Node, whatever the paths hold", () => {
  const folder = mkdtempSync(join(tmpdir(), 'plugin\'s $HOME "test" '));
  try {
    const program = join(folder, "main.js");
    const path = join(folder, "pulumi-resource-toy");
    writeFileSync(program, "console.log(JSON.stringify([process.execPath, ...process.argv.slice(2)]))");
    writeFileSync(path, script({ path, program }));
    chmodSync(path, 0o755);
    const printed = execFileSync(path, ["127.0.0.1:1", "two words"], { encoding: "utf8", env: {} });
    expect(JSON.parse(printed)).toEqual([process.execPath, "127.0.0.1:1", "two words"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
