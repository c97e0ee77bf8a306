// `groundwork bench`: measurements, each against a peer or a floor taken in the same run.
import { Argument, type Command } from "commander";
import type { ListrTask } from "listr2";
import { measureGateway } from "../bench/gateway";
import { describeMeasurement, type Measure, type Measurement } from "../bench/measurement";
import { measureMemory } from "../bench/memory";
import { measurePreview, measurePreviewGrowth, measurePreviewOfProd } from "../bench/preview";
import { measureProgramLoad } from "../bench/program-load";
import { measureRender } from "../bench/render";
import { measureUp } from "../bench/up";
import { toolTasks } from "../tools/toolchain";
import { command, printJson, type StackOptions } from "./lib/command";
import { runTasks } from "./lib/progress";
import { engineTasks, prepareTask } from "./lib/steps";

interface Bench {
  readonly measure: Measure;
  /** What must be there before. */
  readonly needs: () => ListrTask[];
}

const BENCHES: Readonly<Record<string, Bench>> = {
  preview: { measure: measurePreview, needs: engineTasks },
  "preview-prod": { measure: measurePreviewOfProd, needs: engineTasks },
  "preview-growth": { measure: measurePreviewGrowth, needs: engineTasks },
  render: { measure: measureRender, needs: () => [] },
  gateway: { measure: measureGateway, needs: () => [...toolTasks(["envoy"])] },
  "program-load": { measure: measureProgramLoad, needs: () => [] },
  up: { measure: measureUp, needs: () => [prepareTask()] },
  memory: { measure: measureMemory, needs: () => [prepareTask()] },
};

export function benchCommand(): Command {
  return command("bench", "Measure, and hold each number against one taken in the same run.", [
    ["bench", "everything; takes stack test up and down"],
    ["bench preview --json", "one measurement, for programs"],
  ])
    .addArgument(new Argument("[name]", "only this one").choices(Object.keys(BENCHES)))
    .option("-s, --stack <stack>", "the stack to measure; `up` always takes test, whose data is nobody's loss", "local")
    .option("--json", "print one JSON document; progress goes to standard error")
    .action(bench);
}

async function bench(name: string | undefined, { stack, json }: StackOptions): Promise<void> {
  const chosen = Object.entries(BENCHES).filter(([each]) => name === undefined || each === name);
  const measured: Measurement[] = [];
  for (const [each, { measure, needs }] of chosen) {
    const task: ListrTask = {
      title: each,
      task: async (_, handle) => {
        const report = (line: string) => {
          handle.output = line;
        };
        measured.push(...(await measure(report, stack)));
      },
    };
    await runTasks([...needs(), task], { json: json === true });
  }
  if (json) printJson(measured.map(withRatio));
  else process.stdout.write(`\n${measured.map(describeMeasurement).join("\n")}\n`);
}

function withRatio(measurement: Measurement): Measurement & { readonly ratio?: number } {
  const { value, peer } = measurement;
  return peer.value > 0 ? { ...measurement, ratio: value / peer.value } : measurement;
}
