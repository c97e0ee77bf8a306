// `groundwork cluster`: the Kubernetes cluster that tests run on, on this machine. For those who write tests.
import type { Command } from "commander";
import { leftovers } from "../tools/cluster/leftovers";
import { loadImages } from "../tools/cluster/node-images";
import { KUBECONFIG, LOGS } from "../tools/cluster/settings";
import { imageTags } from "../tools/images";
import { command, printJson, say } from "./lib/command";
import { EXIT, unable } from "./lib/failure";
import { runTasks } from "./lib/progress";
import { imageSteps } from "./lib/steps";

/** Loaded when it is needed: the client of Kubernetes is large. */
const tasks = () => import("../tools/cluster/cluster.js");

interface ClusterOptions {
  readonly json?: true;
}

export function clusterCommand(): Command {
  return command(
    "cluster",
    "The Kubernetes cluster that tests run on: one node on this machine, made for tests alone.",
    [
      ["cluster up", "start it, with all that it needs"],
      ["cluster load", "give it this tree's images"],
      ["cluster status", "0 up, 1 not; what there is of it"],
      ["cluster down", "stop it; nothing of it is left"],
    ],
  )
    .argument("<verb>", "up, load, status or down")
    .option("--json", "print one JSON document; progress goes to standard error")
    .action(cluster);
}

const VERBS: Readonly<Record<string, (options: ClusterOptions) => Promise<void>>> = { up, load, status, down };

async function cluster(verb: string, options: ClusterOptions): Promise<void> {
  const work = VERBS[verb];
  if (work === undefined)
    throw unable("cluster", `must be ${Object.keys(VERBS).join(", ")}, got ${verb}`, "groundwork cluster --help");
  await work(options);
}

async function up({ json }: ClusterOptions): Promise<void> {
  const started = Date.now();
  const { clusterUpTasks } = await tasks();
  await runTasks(clusterUpTasks(), { json: json === true });
  const seconds = Math.round((Date.now() - started) / 1000);
  if (json) printJson({ kubeconfig: KUBECONFIG, seconds });
  else say(`the test cluster is up, in ${seconds} s\nexport KUBECONFIG=${KUBECONFIG}`, {});
}

async function load({ json }: ClusterOptions): Promise<void> {
  await requireCluster();
  await runTasks(imageSteps(), { json: json === true });
  const tags = Object.values(imageTags());
  const loaded = await loadImages(tags);
  await (await import("../tools/cluster/reported-images.js")).imagesReported(tags);
  if (json) printJson({ loaded });
  else say(loaded.length > 0 ? loaded.join("\n") : "the cluster has every image of this tree", {});
}

async function status({ json }: ClusterOptions): Promise<void> {
  const isUp = await (await tasks()).clusterIsUp();
  const found = { up: isUp, kubeconfig: KUBECONFIG, logs: LOGS, parts: await leftovers() };
  if (json) printJson(found);
  else say([`the test cluster is ${isUp ? "up" : "down"}`, ...found.parts].join("\n"), {});
  process.exitCode = isUp ? EXIT.done : EXIT.failed;
}

async function down({ json }: ClusterOptions): Promise<void> {
  const { clusterDownTask } = await tasks();
  await runTasks([clusterDownTask()], { json: json === true });
  if (json) printJson({ leftovers: await leftovers() });
  else say("the test cluster is down; nothing of it is left", {});
}

async function requireCluster(): Promise<void> {
  const { clusterIsUp } = await tasks();
  if (!(await clusterIsUp())) throw unable("cluster", "is not up", "./groundwork cluster up");
}
