// `groundwork images`: builds the images that this tree lacks, pins those of others to their content, and hands ours to a registry.
import { type Command, Option } from "commander";
import type { ListrTask } from "listr2";
import type { ImageDigests } from "../infra/catalogue/images";
import { invalid } from "../infra/lib/errors";
import { REGISTRY } from "../infra/values/place";
import { changeImageLock, readImageLock } from "../tools/image-lock";
import { imageTags } from "../tools/images";
import { pushImage, RegistryError, remoteDigest, remoteDigestIfAny } from "../tools/registry";
import { command, printJson, say } from "./lib/command";
import { EXIT, Failure } from "./lib/failure";
import { comparePins, type Pin, publishedReferences, pushedReferences, withPins, withPushed } from "./lib/image-pins";
import { runTasks } from "./lib/progress";
import { dockerTasks, imageSteps } from "./lib/steps";
import { table } from "./lib/tables";

interface JsonOption {
  readonly json?: true;
}

export function imagesCommand(): Command {
  return command(
    "images",
    "Build the images that this tree lacks; their tags are hashes of what they are built from.",
    [
      ["images", "builds what is missing"],
      ["images --json", "and prints every image's tag"],
      ["images pin", "asks registries what the images of others contain, and writes images/lock.json"],
      ["images push --registry registry.example.org/groundwork", "hands ours to a registry, and pins them too"],
    ],
  )
    .option("--json", "print one JSON document; progress goes to standard error")
    .action(images)
    .addCommand(pinCommand())
    .addCommand(pushCommand());
}

function pinCommand(): Command {
  return command(
    "pin",
    "Write down which content the images of others have, so that stacks run that and nothing else.",
    [
      ["images pin", "writes images/lock.json, to be committed"],
      [
        "images pin --check",
        "changes nothing: 0 all is as pinned, 1 something moved or lacks a pin, 2 a registry is silent",
      ],
    ],
  )
    .option("--check", "compare with the registries and change nothing")
    .option("--json", "print one JSON document; progress goes to standard error")
    .action((_options, typed: Command) => pin(typed.optsWithGlobals()));
}

function pushCommand(): Command {
  return command("push", "Put the images of this tree into a registry, and pin them.", [
    ["images push --registry registry.example.org/groundwork", "builds what is missing, pushes what is not there yet"],
  ])
    .addOption(
      new Option("--registry <place>", "registry and path, as a stack's `registry` has it").makeOptionMandatory(),
    )
    .option("--json", "print one JSON document; progress goes to standard error")
    .action((_options, typed: Command) => push(typed.optsWithGlobals()));
}

async function images({ json }: JsonOption): Promise<void> {
  await runTasks(imageSteps(), { json: json === true });
  if (json) printJson(imageTags());
}

async function pin(options: JsonOption & { readonly check?: true }): Promise<void> {
  const lock = readImageLock();
  const checked = [...new Set([...publishedReferences(), ...(options.check ? Object.keys(lock) : [])])];
  let pins: readonly Pin[] = [];
  const ask: ListrTask = {
    title: "registries",
    task: async () => {
      pins = comparePins(lock, await digestsOf(checked));
    },
  };
  await runTasks([...dockerTasks(), ask], { json: options.json === true });
  const found = Object.fromEntries(pins.map(({ reference, digest }) => [reference, digest]));
  if (!options.check) await changeImageLock((before) => withPins(before, found));
  if (options.json) printJson(pins);
  else
    say(
      table(
        ["image", "digest", ""],
        pins.map(({ reference, digest, was }) => [reference, digest, was]),
      ),
      options,
    );
  if (options.check) refuseMoved(pins);
}

function refuseMoved(pins: readonly Pin[]): void {
  const problems = pins.flatMap(({ reference, was }) => {
    if (was === "pinned") return [];
    const fact = was === "missing" ? "has no digest in images/lock.json" : "is another image now than the one pinned";
    const hint =
      was === "missing" ? "./groundwork images pin" : "see what its publisher changed, then ./groundwork images pin";
    return [{ path: reference, fact, hint }];
  });
  if (problems.length > 0) throw new Failure(problems);
}

/** Of every reference; a registry that does not answer is told together with all others. */
async function digestsOf(references: readonly string[]): Promise<ImageDigests> {
  const asked = await Promise.allSettled(references.map(remoteDigest));
  const problems = asked.flatMap((one) => (one.status === "rejected" ? [problemOf(one.reason)] : []));
  if (problems.length > 0) throw new Failure(problems, EXIT.unable);
  return Object.fromEntries(asked.map((one, i) => [references[i], one.status === "fulfilled" ? one.value : ""]));
}

function problemOf(error: unknown) {
  if (!(error instanceof RegistryError)) throw error;
  return { path: error.reference, fact: error.message, hint: error.hint };
}

async function push({ registry, json }: JsonOption & { readonly registry: string }): Promise<void> {
  if (!REGISTRY.test(registry))
    throw invalid("--registry", `must be a registry and a path, without scheme or tag, got ${registry}`);
  const all = pushedReferences(registry, imageTags());
  const done = new Map<string, string>();
  const steps = all.map(
    ({ local, reference }): ListrTask => ({
      title: `push ${reference}`,
      task: async (_, task) => {
        try {
          // The tag says what it was built from: what is there is never replaced, since stacks may run it.
          const there = await remoteDigestIfAny(reference);
          const digest = there ?? (await pushImage(local, reference, (line) => (task.output = line)));
          await changeImageLock((before) => withPushed(before, reference, digest));
          done.set(reference, digest);
          if (there !== undefined) task.title = `${reference} is there`;
        } catch (error) {
          throw new Failure([problemOf(error)]);
        }
      },
    }),
  );
  await runTasks([...imageSteps(), ...steps], { json: json === true });
  if (json) printJson(Object.fromEntries(done));
  else say("images/lock.json says what was pushed: commit it", {});
}
