// How long the compiled program takes to load and register, against Pulumi's default way of running TypeScript.
import { join } from "node:path";
import { readStackFile } from "../infra/stack-file";
import { runProgram } from "../infra/testing/engine";
import { failure } from "../ops/lib/failure";
import { ROOT } from "../tools/paths";
import { inTurns, type Measure } from "./measurement";

const STACK = "local";
const ROUNDS = 2;

export const measureProgramLoad: Measure = async (report) => {
  const config = Object.fromEntries(
    Object.entries(readStackFile(ROOT, STACK)).map(([key, value]) => [
      `groundwork:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  const load = (program: string) => async () => {
    const { code, messages } = await runProgram({ program: join(ROOT, program), stack: STACK, config });
    if (code !== 0) throw failure(program, messages[0] ?? `ended with exit code ${code}`);
  };
  report(`${ROUNDS + 1} runs of each against an engine that answers at once`);
  const [value, peer] = await inTurns(ROUNDS, load("dist/infra/index.js"), load("infra/index.ts"));
  return {
    name: "program-load",
    about: "compiled program ÷ the same through ts-node",
    value,
    unit: "s",
    peer: { name: "Pulumi's default for TypeScript", value: peer },
  };
};
