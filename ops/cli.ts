// The command line: which verbs there are, and what happens to errors. A verb's module is loaded only when it is typed.
import { Command } from "commander";
import { runProgram } from "./lib/command";
import { describeError, exitCodeOf } from "./lib/failure";

interface Verb {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every command, in the order of `--help`. */
export const VERBS: Readonly<Record<string, Verb>> = {
  up: {
    summary: "bring a stack up, or to what its file says",
    load: async () => (await import("./up.js")).upCommand(),
  },
  preview: {
    summary: "what `up` would change",
    load: async () => (await import("./preview.js")).previewCommand(),
  },
  status: {
    summary: "how the services of a stack are",
    load: async () => (await import("./status.js")).statusCommand(),
  },
  down: { summary: "take a stack down", load: async () => (await import("./down.js")).downCommand() },
  secret: { summary: "print one secret", load: async () => (await import("./secret.js")).secretCommand() },
  migrate: {
    summary: "bring an application's schema to what its migrations say",
    load: async () => (await import("./migrate.js")).migrateCommand(),
  },
  env: { summary: "shell lines for the plain `pulumi`", load: async () => (await import("./env.js")).envCommand() },
  images: { summary: "build the images", load: async () => (await import("./images.js")).imagesCommand() },
  doctor: {
    summary: "which tools there are, and what is missing",
    load: async () => (await import("./doctor.js")).doctorCommand(),
  },
  test: { summary: "run the tests", load: async () => (await import("./test.js")).testCommand() },
  cluster: {
    summary: "the Kubernetes cluster of the tests",
    load: async () => (await import("./cluster.js")).clusterCommand(),
  },
  bench: { summary: "run the measurements", load: async () => (await import("./bench.js")).benchCommand() },
};

async function programFor(argv: readonly string[]): Promise<Command> {
  const program = new Command("groundwork")
    .description("Provision and operate the platform, stack by stack.")
    .usage("<command> [options]")
    .helpOption("-h, --help", "print this; groundwork <command> --help says more")
    .helpCommand(false)
    .option("--debug", "show where an unforeseen error came from");
  const typed = argv.find((word) => !word.startsWith("-"));
  for (const [name, { summary, load }] of Object.entries(VERBS))
    program.addCommand(name === typed ? await load() : new Command(name).description(summary));
  return program;
}

/** Runs one command and returns its exit code. */
export async function main(typed: readonly string[]): Promise<number> {
  const argv = typed.length > 0 ? typed : ["--help"];
  const debug = argv.includes("--debug") || process.env.GROUNDWORK_DEBUG !== undefined;
  try {
    return await runProgram(await programFor(argv), argv);
  } catch (error) {
    process.stderr.write(`${describeError(error, debug)}\n`);
    return exitCodeOf(error);
  }
}

if (require.main === module) {
  main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
