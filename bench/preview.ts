// How long previews take, against a preview of a program that registers nothing; and how that grows with the services.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { GIVEN_KEY, GIVEN_SECRETS } from "../infra/environment";
import { NAMESPACE, readStackFile } from "../infra/stack-file";
import { ensureStack, prepareWorkspace, pulumi } from "../ops/lib/pulumi";
import { TEST_STACK } from "../ops/lib/test-stack";
import { replaceFile } from "../tools/atomic-file";
import { PRIVATE, ROOT } from "../tools/paths";
import { inTurns, type Measure, seconds } from "./measurement";

const FOLDER = join(PRIVATE, "bench");
/** Its state is this checkout's own; each project has another. So no preview reads or touches what somebody uses. */
const STACK = TEST_STACK;
const ROUNDS = 5;

export const measurePreview: Measure = async (report, stack) => {
  prepareWorkspace(stack);
  await ensureStack(stack);
  const empty = await emptyProject();
  report(`${ROUNDS + 1} previews of each`);
  const whole = () => pulumi(stack, ["preview", "--json"]);
  const [value, floor] = await inTurns(ROUNDS, whole, () => previewOf(empty));
  return [
    {
      name: "preview",
      about: `preview of stack ${stack} ÷ preview of an empty program`,
      value,
      unit: "s",
      peer: { name: "empty program", value: floor },
    },
  ];
};

export const measurePreviewOfProd: Measure = (report) =>
  withoutCluster(async () => {
    const { [GIVEN_KEY]: _, ...values } = readStackFile(ROOT, "prod");
    const prod = await makeProject("prod", {
      main: join(ROOT, "dist", "infra", "index.js"),
      config: Object.fromEntries(Object.entries(values).map(([key, value]) => [`${NAMESPACE}${key}`, value])),
      secrets: Object.keys(GIVEN_SECRETS).map((name) => `${NAMESPACE}${GIVEN_KEY}["${name}"]=nobody's secret`),
    });
    const empty = await emptyProject();
    report(`${ROUNDS + 1} previews of each`);
    const [value, floor] = await inTurns(
      ROUNDS,
      () => previewOf(prod),
      () => previewOf(empty),
    );
    return [
      {
        name: "preview-prod",
        about: "first preview of stack prod, no API server asked ÷ preview of an empty program",
        value,
        unit: "s",
        peer: { name: "empty program", value: floor },
      },
    ];
  });

export const measurePreviewGrowth: Measure = (report) =>
  withoutCluster(async () => {
    const main = join(ROOT, "dist", "bench", "made-program.js");
    const made = (services: number) =>
      makeProject(`made-${services}`, { main, config: { "bench:services": String(services) } });
    const [large, small] = [await made(1000), await made(100)];
    report("one preview of 100 services to warm up, then one of 100 and one of 1,000: minutes");
    await previewOf(small);
    const peer = await seconds(() => previewOf(small));
    const value = await seconds(() => previewOf(large));
    return [
      {
        name: "preview-growth",
        about: "first preview of 1,000 services for kubernetes, no API server asked ÷ 100",
        value,
        unit: "s",
        peer: { name: "10 × is in proportion", value: peer },
      },
    ];
  });

async function emptyProject(): Promise<string> {
  const folder = await makeProject("empty", { main: "index.js" });
  replaceFile(join(folder, "index.js"), 'require("@pulumi/pulumi");\n');
  return folder;
}

const previewOf = (folder: string) => pulumi(STACK, ["preview", "--json"], { folder });

/**
 * What a cluster answers would be measured as well: the provider knows none, renders and compares as ever, and says of each
 * object that no server has judged it.
 */
async function withoutCluster<T>(measure: () => Promise<T>): Promise<T> {
  const before = process.env.KUBECONFIG;
  const none = join(FOLDER, "no-cluster");
  replaceFile(none, stringify({ apiVersion: "v1", kind: "Config", clusters: [], users: [], contexts: [] }));
  process.env.KUBECONFIG = none;
  try {
    return await measure();
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
}

interface ProjectArgs {
  /** The compiled program. */
  readonly main: string;
  /** @default - none */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Each `path=value`. @default - none */
  readonly secrets?: readonly string[];
}

/** The same runtime and options as ours, in a project of its own below the root, where it finds the SDK. */
async function makeProject(name: string, { main, config = {}, secrets = [] }: ProjectArgs): Promise<string> {
  // The checkout's state and passphrase, which a first run lacks.
  prepareWorkspace(STACK);
  const folder = join(FOLDER, name);
  rmSync(folder, { recursive: true, force: true });
  const options = { typescript: false, packagemanager: "npm", nodeargs: "--stack-trace-limit=0" };
  replaceFile(join(folder, "Pulumi.yaml"), stringify({ name, runtime: { name: "nodejs", options }, main }));
  replaceFile(join(folder, "package.json"), JSON.stringify({ name, version: "0.0.0" }));
  replaceFile(join(folder, `Pulumi.${STACK}.yaml`), stringify({ config }));
  await pulumi(STACK, ["stack", "select", "--create"], { folder });
  const given = secrets.flatMap((secret) => ["--secret", secret]);
  if (given.length > 0) await pulumi(STACK, ["config", "set-all", "--path", ...given], { folder });
  return folder;
}
