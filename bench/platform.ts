// The platform that measurements may start and stop: stack `test`, by way of the same commands that people type.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { failure } from "../ops/lib/failure";
import { TEST_STACK } from "../ops/lib/test-stack";
import { ROOT } from "../tools/paths";

/** Runs a verb on the stack; its progress goes to `report`. */
export async function groundwork(verb: "up" | "down", report: (line: string) => void): Promise<void> {
  const cli = join(ROOT, "dist", "ops", "cli.js");
  const child = spawn(process.execPath, [cli, verb, "--stack", TEST_STACK, "--json"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let last = "";
  for await (const piece of child.stderr.setEncoding("utf8")) {
    for (const line of String(piece)
      .split("\n")
      .filter((text) => text.trim() !== "")) {
      report(line.trim());
      // An error's hint is about the verb, not about the measurement.
      if (!line.startsWith("  hint: ")) last = line.trim();
    }
  }
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once("exit", resolve)));
  if (code !== 0) throw failure(`groundwork ${verb} --stack ${TEST_STACK}`, last, "run it to see why");
}
