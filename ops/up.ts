// `groundwork up`: from whatever there is to the stack that its file describes. Killed at any point, it can be run again.
import { join } from "node:path";
import type { Command } from "commander";
import type { ListrTask } from "listr2";
import { refuse } from "../infra/lib/errors";
import type { RenderContext } from "../infra/platforms/platform";
import { locked } from "../tools/lock";
import { PRIVATE } from "../tools/paths";
import { printJson, type StackOptions, say, stackCommand } from "./lib/command";
import { confirm } from "./lib/confirm";
import { unpinnedNote } from "./lib/image-pins";
import { unknownHosts, unknownHostsNote } from "./lib/names";
import { omittedNote, paragraphs } from "./lib/omitted";
import { operationsOf, type Recovery } from "./lib/platforms/operations";
import { describePreview, hasChanges } from "./lib/preview";
import { runTasks } from "./lib/progress";
import { provisionTask } from "./lib/provision";
import { ensureStack, prepareWorkspace } from "./lib/pulumi";
import { waitUntilReady } from "./lib/ready";
import { loadStack } from "./lib/stack";
import type { StackStatus } from "./lib/status";
import { endpointTable } from "./lib/tables";
import { previewStack } from "./preview";

interface UpOptions extends StackOptions {
  readonly dryRun?: true;
  readonly yes?: true;
}

export function upCommand(): Command {
  return stackCommand("up", "Bring a stack up, or to what its file says: tools, images, services.", [
    ["up", "the local stack, from whatever there is"],
    ["up -s test --json", "another stack, for programs"],
    ["up --dry-run", "install what is missing, then only show what would change"],
  ])
    .option("--dry-run", "prepare, then show what would change and stop")
    .option("-y, --yes", "do not ask before a protected stack is changed")
    .action(up);
}

/** What `up --json` prints. */
interface UpReport {
  readonly stack: string;
  readonly changes: Readonly<Record<string, number>>;
  /** What an interrupted run had left, and how it was put right. */
  readonly recovered: readonly string[];
  readonly services: StackStatus["services"];
  /** What the stack does without, by name and reason. */
  readonly omitted: RenderContext["omitted"];
  readonly seconds: number;
}

async function up(options: UpOptions): Promise<void> {
  const started = Date.now();
  const context = loadStack(options.stack);
  const { environment } = context;
  const operations = operationsOf(environment);
  refuse(await operations.preflight(context));
  for (const note of [unpinnedNote(context), ...(await operations.notes(context))])
    if (note !== "") say(note, { json: true });
  await runTasks([operations.prepare()], { json: options.json === true });
  if (options.dryRun) return dryRun(options);
  if (environment.protect) await confirmChanges(options);
  const report = await locked(join(PRIVATE, "locks", options.stack), () => provision(context, options, started), {
    onWait: (pid) => say(`waiting for process ${pid}, which works on stack ${options.stack}`, options),
  });
  if (options.json) return printJson(report);
  const urls = report.services.flatMap(({ endpoints }) => endpoints.map(({ url }) => url));
  const note = unknownHostsNote(await unknownHosts(urls), environment.publish.address);
  const without = omittedNote(options.stack, report.omitted);
  say(`\n${paragraphs(endpointTable(environment, report), note, without, summary(report))}`, options);
}

/** Recovery, the engine's run and the wait for health, as three tasks. */
async function provision(context: RenderContext, { stack, json }: UpOptions, started: number): Promise<UpReport> {
  const { services } = context;
  const operations = operationsOf(context.environment);
  let recovered: Recovery = { done: [], refresh: false };
  let changes: UpReport["changes"] = {};
  let status: StackStatus = { stack, platform: context.environment.platform, services: [] };
  const state: ListrTask = {
    title: "state",
    rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
    task: async (_, task) => {
      const tell = (line: string) => {
        task.output = line;
      };
      if (prepareWorkspace(stack).passphraseCreated)
        tell("created .groundwork/passphrase: without it nobody can read the secrets in .groundwork/state");
      recovered = await operations.recover(context, { tell });
      await ensureStack(stack);
    },
  };
  const run = provisionTask({
    stack,
    services,
    shown: operations.shown,
    refresh: () => recovered.refresh,
    onChanges: (made) => {
      changes = made;
    },
  });
  const ready: ListrTask = {
    title: "ready",
    task: async (_, task) => {
      status = await waitUntilReady(context, (waitingFor) => {
        task.output = `waiting for ${waitingFor.join(", ")}`;
      });
    },
  };
  await runTasks([state, run, ready], { json: json === true });
  const seconds = Math.round((Date.now() - started) / 1000);
  return { stack, changes, recovered: recovered.done, services: status.services, omitted: context.omitted, seconds };
}

async function dryRun({ stack, json }: UpOptions): Promise<void> {
  const preview = await previewStack(stack);
  if (json) printJson(preview);
  else process.stdout.write(`${describePreview(preview)}\n`);
}

async function confirmChanges({ stack, yes }: UpOptions): Promise<void> {
  if (yes) return;
  const preview = await previewStack(stack);
  if (hasChanges(preview)) await confirm(describePreview(preview), stack, { yes: false });
}

const PAST: Readonly<Record<string, string>> = {
  create: "created",
  update: "changed",
  replace: "replaced",
  delete: "deleted",
};

/** `stack local is up: 12 created, 3 changed, in 75 s`. */
function summary({ stack, changes, seconds }: UpReport): string {
  const done = Object.entries(changes).filter(([op, count]) => op !== "same" && count > 0);
  const what = done.length > 0 ? done.map(([op, count]) => `${count} ${PAST[op] ?? op}`).join(", ") : "nothing changed";
  return `stack ${stack} is up: ${what}, in ${seconds} s`;
}
