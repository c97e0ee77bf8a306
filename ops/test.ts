// `groundwork test`: the whole suite, tier by tier, from a fresh clone. What a tier needs is made ready before it.
import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { type Command, Option } from "commander";
import { KUBECONFIG } from "../tools/cluster/settings";
import { PRIVATE, ROOT } from "../tools/paths";
import { command, printJson, type StackOptions } from "./lib/command";
import { describeError, unable } from "./lib/failure";
import { runTasks } from "./lib/progress";
import { loadStack } from "./lib/stack";
import { engineTasks, prepareTask } from "./lib/steps";
import { describeTier, exitCodeFor, type TierResult, tierResult, totals, type VitestReport } from "./lib/test-report";
import { kubernetesStack, TEST_STACK, type TierNeeds, withTestStack } from "./lib/test-stack";
import { FAST, type FileTier, filesOf, TIERS, type Tier } from "./lib/tiers";

interface TestOptions extends StackOptions {
  readonly tier?: readonly Tier[];
}

export function testCommand(): Command {
  return command("test", "Run the tests. Ends with `N passed, N failed, N skipped`; 2 if a tier could not run.", [
    ["test", "everything"],
    ["test --tier unit golden program", "what takes seconds"],
    ["test failover", "test files whose path contains `failover`"],
  ])
    .argument("[pattern]", "run only test files whose path contains this")
    .addOption(new Option("--tier <tier...>", "only these tiers").choices(TIERS))
    .option(
      "-s, --stack <stack>",
      "the stack that docker tests take up, break and take down; <stack>-kubernetes is that of kubernetes tests",
      TEST_STACK,
    )
    .option("--json", "print one JSON document; progress goes to standard error")
    .action(test);
}

async function test(pattern: string | undefined, { tier, stack, json }: TestOptions): Promise<void> {
  if (loadStack(stack).environment.protect)
    throw unable(`stack ${stack}`, "is protected, and tests delete all data of their stack", "choose another one");
  const chosen = tier ?? TIERS.filter((each) => each !== "checks" || pattern === undefined);
  const run: TestRun = { stack, json: json === true, ...(pattern !== undefined && { pattern }) };
  const results: TierResult[] = [];
  if (chosen.includes("checks")) results.push(await runChecks(run));
  results.push(
    ...(await runFiles(
      FAST.filter((each) => chosen.includes(each)),
      run,
    )),
  );
  for (const slow of ["engine", "docker", "kubernetes"] as const)
    if (chosen.includes(slow)) results.push(...(await prepareAndRun(slow, run)));
  const shown = pattern === undefined ? results : results.filter(({ empty }) => empty === undefined);
  if (pattern !== undefined && shown.length === 0)
    throw unable(
      `test ${pattern}`,
      "matches no test file of these tiers",
      "name a part of the path, e.g. scenarios/redis",
    );
  if (json) printJson({ tiers: shown, totals: totals(shown) });
  else process.stdout.write(`\n${[...shown.map(describeTier), totals(shown)].join("\n")}\n`);
  process.exitCode = exitCodeFor(shown);
}

interface TestRun {
  readonly stack: string;
  readonly json: boolean;
  readonly pattern?: string;
}

const CHECKS = {
  format: ["biome", "format", "."],
  lint: ["biome", "check", "--formatter-enabled=false", "--error-on-warnings", "."],
  types: ["tsc", "--noEmit"],
} as const;

/** Formatter, linter and compiler: one test each. */
async function runChecks(run: TestRun): Promise<TierResult> {
  let failed = 0;
  for (const [name, [program, ...args]] of Object.entries(CHECKS)) {
    const code = await execute(join(ROOT, "node_modules", ".bin", program), args, run);
    if (code !== 0) failed += 1;
    tell(`${code === 0 ? "passed" : "failed"}: ${name}`, run);
  }
  return { tier: "checks", passed: Object.keys(CHECKS).length - failed, failed, skipped: 0 };
}

/** What a tier needs beside Node. The platform of the docker tier is brought up by the tier itself. */
const NEEDS: Partial<Record<FileTier, (stack: string) => Promise<TierNeeds>>> = {
  engine: async () => ({ tasks: engineTasks() }),
  docker: async () => ({ tasks: [prepareTask()] }),
  // Loaded when it is needed: the client of Kubernetes is large.
  kubernetes: async (stack) => (await import("./lib/test-cluster.js")).clusterNeeds(stack),
};

async function prepareAndRun(tier: FileTier, asked: TestRun): Promise<readonly TierResult[]> {
  if (testFiles(tier, asked).length === 0) return [{ tier, passed: 0, failed: 0, skipped: 0, empty: true }];
  const run = tier === "kubernetes" ? { ...asked, stack: kubernetesStack(asked.stack) } : asked;
  let needs: TierNeeds = { tasks: [] };
  try {
    needs = (await NEEDS[tier]?.(run.stack)) ?? needs;
    await runTasks(needs.tasks, { json: run.json });
    return await withTestStack(
      run.stack,
      () => runFiles([tier], run),
      (line) => tell(line, run),
    );
  } catch (error) {
    return [{ tier, passed: 0, failed: 0, skipped: 0, notRun: describeError(error, false) }];
  } finally {
    await runTasks(needs.after ?? [], { json: run.json });
  }
}

/** Runs the files of some tiers in one process of Vitest. */
async function runFiles(tiers: readonly FileTier[], run: TestRun): Promise<readonly TierResult[]> {
  const present = tiers.filter((tier) => testFiles(tier, run).length > 0);
  const empty = tiers.filter((tier) => !present.includes(tier));
  const results: TierResult[] = empty.map((tier) => ({ tier, passed: 0, failed: 0, skipped: 0, empty: true }));
  if (present.length === 0) return results;
  const report = join(PRIVATE, "reports", `${present.join("-")}.json`);
  mkdirSync(join(PRIVATE, "reports"), { recursive: true });
  rmSync(report, { force: true });
  const code = await execute(
    process.execPath,
    [join(ROOT, "node_modules/vitest/vitest.mjs"), ...vitestArguments(present, report, run)],
    run,
  );
  return [...results, ...present.map((tier) => resultOf(tier, report, code))];
}

function vitestArguments(tiers: readonly FileTier[], report: string, { pattern }: TestRun): string[] {
  const projects = tiers.flatMap((tier) => ["--project", tier]);
  // Goldens are compared here, never written: that is `npx vitest run --project golden --update`.
  const reporters = ["--update=none", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return ["run", ...projects, ...reporters, ...(pattern === undefined ? [] : [pattern])];
}

/** Without a report Vitest did not get as far as the tests; a failure outside of them counts as well. */
function resultOf(tier: FileTier, path: string, code: number): TierResult {
  const broken: TierResult = { tier, passed: 0, failed: 1, skipped: 0 };
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return broken;
    throw error;
  }
  const own = report.testResults.filter(({ name }) => belongsTo(name, tier));
  const result = tierResult(tier, { testResults: own });
  const explained = report.testResults.some(({ status }) => status === "failed");
  return code !== 0 && !explained ? { ...result, failed: result.failed + 1 } : result;
}

function belongsTo(path: string, tier: FileTier): boolean {
  const { include, exclude } = filesOf(tier);
  const matches = (glob: string) => matchesGlob(path, join(ROOT, glob));
  return include.some(matches) && !exclude.some(matches);
}

function testFiles(tier: FileTier, { pattern = "" }: TestRun): readonly string[] {
  const { include, exclude } = filesOf(tier);
  return globSync(include, { cwd: ROOT, exclude }).filter((path) => path.includes(pattern));
}

/** Runs a program that tells people things: on standard error where standard output is for JSON. */
function execute(program: string, args: readonly string[], { stack, json }: TestRun): Promise<number> {
  // Vite would announce on every run that a future release loads its configuration in another way.
  const env = { ...process.env, GROUNDWORK_TEST_STACK: stack, KUBECONFIG, VITE_CONFIG_NATIVE_IGNORE_WARNING: "true" };
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ["ignore", json ? 2 : "inherit", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function tell(text: string, { json }: TestRun): void {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
}
