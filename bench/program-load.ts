// How long the compiled program takes to load and register, against Pulumi's default way of running TypeScript.
import { join } from "node:path";
import { NAMESPACE, readStackFile } from "../infra/stack-file";
import { runProgram } from "../infra/testing/engine";
import { failure } from "../ops/lib/failure";
import { ROOT } from "../tools/paths";
import { inTurns, type Measure, type Measurement } from "./measurement";

const ROUNDS = 2;
const COMPILED = "dist/infra/index.js";
const SOURCE = "infra/index.ts";

export const measureProgramLoad: Measure = async (report, stack) => {
  const config = Object.fromEntries(
    Object.entries(readStackFile(ROOT, stack)).map(([key, value]) => [
      `${NAMESPACE}${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  const load = (program: string) => async () => {
    const { code, messages } = await runProgram({ program: join(ROOT, program), stack, config });
    if (code !== 0) throw failure(program, messages[0] ?? `ended with exit code ${code}`);
  };
  const against = async (cache: "empty" | "warm"): Promise<Measurement> => {
    report(`${ROUNDS + 1} runs of each, ts-node's cache ${cache}`);
    process.env.TS_NODE_CACHE = String(cache === "warm");
    const [value, peer] = await inTurns(ROUNDS, load(COMPILED), load(SOURCE));
    return {
      name: "program-load",
      about: "compiled program ÷ the same through ts-node, registering with an engine that answers at once",
      value,
      unit: "s",
      peer: { name: `Pulumi's default, its cache ${cache}`, value: peer },
    };
  };
  // Empty on a CI machine and after a change of settings; warm when a person runs an unchanged program again.
  return [await against("empty"), await against("warm")];
};
