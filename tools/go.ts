// Builds a tool from source with Go. At most two builds run at once: each keeps every core busy by itself.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { Concurrency } from "listr2";
import { installPackages } from "./debian";
import { GO, TOOLS, type ToolName } from "./pins";
import { buildArgs, GO_ENVIRONMENT, listArgs, moduleFolder } from "./recipe";
import { run } from "./run";

/** Where Go is put when it is not on PATH: by its own archive, and by Debian. */
const USUAL_FOLDERS = ["/usr/local/go/bin", "/usr/lib/go/bin"];

const builds = new Concurrency({ concurrency: 2 });

/** The `go` program: the first on PATH or in the usual folders. */
export function findGo(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...USUAL_FOLDERS];
  return folders.map((folder) => join(folder, "go")).find(executable);
}

/** The version of that Go, e.g. `1.26.8`. */
export async function goVersion(go: string): Promise<string> {
  return (await run([go, "env", "GOVERSION"], { env: { ...process.env, GOTOOLCHAIN: "local" } })).replace(/^go/, "");
}

/** Builds `name` into the file `to`, reporting how far it has come. A Go that is too old fetches the one it needs. */
export function buildTool(name: ToolName, to: string, report: (line: string) => void): Promise<void> {
  report("waiting for other builds");
  return builds.add(async () => {
    const go = findGo() ?? (await installGo(report));
    const args = {
      cwd: moduleFolder(name),
      env: { ...process.env, GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? "auto", ...GO_ENVIRONMENT },
      hint: `it needs Go ${GO} or newer and its module proxy; run it again, nothing finished is built twice`,
    };
    report("fetching the sources");
    const packages = (await run([go, ...listArgs(TOOLS[name])], args)).split("\n").length;
    report(`compiling ${packages} packages`);
    let [compiled, shown] = [0, 0];
    await run([go, ...buildArgs(TOOLS[name], to)], {
      ...args,
      report: () => {
        const twentieths = Math.floor((20 * ++compiled) / packages);
        if (twentieths > shown) report(`compiled ${compiled} of ${packages} packages`);
        shown = twentieths;
      },
    });
  });
}

async function installGo(report: (line: string) => void): Promise<string> {
  await installPackages("go", ["golang-go"], report);
  return findGo() ?? "go";
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
