// The platform that all tests of a tier share, on docker or kubernetes: up before the first test and down after the last, come what may.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../tools/paths";
import { TEST_STACK } from "./test-stack";

const STACK = process.env.GROUNDWORK_TEST_STACK ?? TEST_STACK;

/** Starts from nothing, whatever an earlier run left; the returned function ends with nothing. */
export default async function setup(): Promise<() => Promise<void>> {
  await groundwork("down");
  try {
    await groundwork("up");
  } catch (error) {
    await groundwork("down");
    throw error;
  }
  return () => groundwork("down");
}

function groundwork(verb: "up" | "down"): Promise<void> {
  const child = spawn(join(ROOT, "groundwork"), [verb, "--yes", "--stack", STACK], { stdio: ["ignore", 2, 2] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`groundwork ${verb} --stack ${STACK}: ended with exit code ${code}`)),
    );
  });
}
