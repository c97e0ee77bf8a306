// How a program is started: the command line and environment that `@pulumi/pulumi/cmd/run` expects. Pure.
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";

/** What Pulumi.yaml says below `runtime.options`, as far as it is honoured here. */
export interface RuntimeOptions {
  /** Arguments for node, as one line. */
  readonly nodeargs?: string;
  /** Whether the program is TypeScript to be compiled on the way. @default true, as in the official host */
  readonly typescript?: boolean;
  /** The compiler's settings for such a program. @default "tsconfig.json" */
  readonly tsconfig?: string;
}

/** Arguments after `node`: the options for node, the runner, its flags, the program and its own arguments. */
export function programArguments(
  request: RunRequest.AsObject,
  { nodeargs = "" }: RuntimeOptions,
  { runner, engine }: { readonly runner: string; readonly engine: string },
): string[] {
  const flags = {
    monitor: request.monitorAddress,
    engine,
    organization: request.organization,
    project: request.project,
    "root-directory": request.info?.rootDirectory,
    stack: request.stack,
    pwd: request.pwd,
    parallel: String(request.parallel),
  };
  return [
    ...words(nodeargs),
    runner,
    ...Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
    ...(request.dryrun ? ["--dry-run"] : []),
    request.info?.entryPoint || ".",
    ...request.argsList,
  ];
}

/** What the runner reads from its environment. Configuration travels here because arguments are visible to every user. */
export function programEnvironment(
  { configMap, configsecretkeysList }: Pick<RunRequest.AsObject, "configMap" | "configsecretkeysList">,
  { typescript = true, tsconfig }: RuntimeOptions,
): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(configMap)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(configsecretkeysList),
    ...(typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

/** The words of a line; quotes hold one together. */
export function words(line: string): string[] {
  const parts = line.matchAll(/(?:"([^"]*)"|'([^']*)'|([^\s"']+))(?=\s|$)/g);
  return [...parts].map(([, double, single, bare]) => double ?? single ?? bare ?? "");
}

/** The runner's way to say that it has told the user already why it failed. */
const REPORTED = 32;

/** What the engine is told about a program's end. `bail`: it failed, and no more need be said. */
export function verdict(code: number | null, signal: NodeJS.Signals | null): { error: string; bail: boolean } {
  if (code === 0) return { error: "", bail: false };
  if (code === REPORTED) return { error: "", bail: true };
  return { error: code === null ? `program was ended by ${signal}` : `program exited with code ${code}`, bail: false };
}
