// `groundwork down`: takes a stack down, also one that is half made, and proves that nothing of it is left.
import { join } from "node:path";
import type { Command } from "commander";
import type { ListrTask } from "listr2";
import type { RenderContext } from "../infra/platforms/platform";
import { locked } from "../tools/lock";
import { PRIVATE } from "../tools/paths";
import { printJson, type StackOptions, say, stackCommand } from "./lib/command";
import { confirm } from "./lib/confirm";
import { RunRecord } from "./lib/engine-events";
import { type Operations, operationsOf } from "./lib/platforms/operations";
import { runTasks } from "./lib/progress";
import { runFailure } from "./lib/provision";
import { prepareWorkspace, pulumi, pulumiEvents } from "./lib/pulumi";
import { loadStack } from "./lib/stack";
import { readState } from "./lib/state";
import { engineTasks } from "./lib/steps";

interface DownOptions extends StackOptions {
  readonly keepData?: true;
  readonly forget?: true;
  readonly yes?: true;
}

export function downCommand(): Command {
  return stackCommand("down", "Take a stack down: containers, networks, volumes. A protected stack keeps its data.", [
    ["down", "the local stack, with its data"],
    ["down --keep-data", "volumes and secrets stay, so that `up` finds them again"],
    ["down -s test --forget", "also removes the stack's record from the state"],
  ])
    .option("--keep-data", "keep volumes and secrets")
    .option("--forget", "also remove the stack's record from the state")
    .option("-y, --yes", "do not ask; local and test are taken down unasked, if this checkout made them")
    .action(down);
}

/** Stacks whose data is nobody's loss, as long as it is this checkout's. */
const DISPOSABLE: readonly string[] = ["local", "test"];

async function down(options: DownOptions): Promise<void> {
  const { stack, json } = options;
  const context = loadStack(stack);
  const keepData = options.keepData === true || context.environment.protect;
  const operations = operationsOf(context.environment);
  await operations.requireAnswer(context);
  await runTasks(engineTasks(), { json: json === true });
  prepareWorkspace(stack);
  const foreign = await operations.isForeign(context);
  const lost = keepData ? "stops every service of" : "deletes every service and all data of";
  const whose = foreign ? ", which this checkout did not make" : "";
  const disposable = DISPOSABLE.includes(stack) && !foreign;
  await confirm(`This ${lost} stack '${stack}'${whose}.`, stack, { yes: options.yes === true || disposable });
  const onWait = (pid: number) => say(`waiting for process ${pid}, which works on stack ${stack}`, options);
  await locked(join(PRIVATE, "locks", stack), () => takeDown(operations, context, { ...options, keepData }), {
    onWait,
  });
  const kept = await operations.data(context);
  if (json) return printJson({ stack, kept });
  // Volumes whose storage class keeps them are nobody's to delete but their operator's.
  const left = kept.length > 0 ? `its data is kept:\n${kept.join("\n")}` : "nothing of it is left";
  say(`stack ${stack} is down; ${left}`, {});
}

interface TakeDown {
  readonly keepData: boolean;
  readonly forget?: true;
  readonly json?: true;
}

async function takeDown(operations: Operations, context: RenderContext, options: TakeDown): Promise<void> {
  const { stack } = context.environment;
  const { keepData } = options;
  const state: ListrTask = {
    title: "state",
    task: async (_, task) => {
      const tell = (line: string) => {
        task.output = line;
      };
      await operations.recover(context, { tell, leaving: true });
    },
  };
  const sweep: ListrTask = {
    title: "clean up",
    task: async () => {
      await operations.sweep(context, { keepData });
    },
  };
  const forget: ListrTask = {
    title: "forget",
    enabled: options.forget === true && !keepData,
    task: async () => {
      if ((await readState(stack)) !== undefined) await pulumi(stack, ["stack", "rm", "--yes", "--preserve-config"]);
    },
  };
  await runTasks([state, destroyTask(operations, stack, keepData), sweep, forget], { json: options.json === true });
}

/** `pulumi destroy`; with data kept, of what runs only. */
function destroyTask(operations: Operations, stack: string, keepData: boolean): ListrTask {
  return {
    title: "destroy",
    task: async (_, task) => {
      const resources = (await readState(stack))?.deployment.resources ?? [];
      const running = resources.filter(operations.isRunning);
      if (resources.length === 0 || (keepData && running.length === 0))
        return task.skip("destroy: nothing for the engine to remove");
      const targets = keepData ? running.flatMap(({ urn }) => ["--target", urn]) : [];
      const record = new RunRecord();
      const ended = await pulumiEvents(stack, ["destroy", "--yes", "--skip-preview", ...targets], (event) => {
        const step = record.add(event);
        if (step?.state === "running") task.output = `removing ${step.name}`;
      });
      if (ended.code !== 0) throw runFailure("down", stack, ended, record);
    },
  };
}
