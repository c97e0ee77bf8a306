// The plugin `pulumi-language-nodejs`, for where the official one cannot be had: runs compiled programs for the engine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type ILanguageRuntimeServer, LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Calls, serve } from "../providers/plugin-server";
import { programArguments, programEnvironment, type RuntimeOptions, verdict } from "./program";

/** How long a program that must end may take before it is killed. */
const GRACE_MS = 2_000;

/** The engine gives its address as the last argument. */
const engine = process.argv.at(-1) ?? "";

async function run(request: messages.RunRequest, signal: AbortSignal): Promise<messages.RunResponse> {
  const { rootDirectory = request.getPwd(), programDirectory = request.getPwd() } = request.getInfo()?.toObject() ?? {};
  const options = runtimeOptions(request.getInfo());
  const runner =
    resolveFrom(programDirectory, "@pulumi/pulumi/cmd/run") ?? resolveFrom(rootDirectory, "@pulumi/pulumi/cmd/run");
  if (!runner)
    return new messages.RunResponse().setError(`${rootDirectory}: @pulumi/pulumi is not installed, run npm ci`);

  // What the program prints goes where our own output goes: the engine shows it.
  const child = spawn(process.execPath, programArguments(request.toObject(), options, { runner, engine }), {
    cwd: request.getPwd(),
    env: { ...process.env, ...programEnvironment(request.toObject(), options) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const stop = () => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const [code, ended] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  signal.removeEventListener("abort", stop);
  const { error, bail } = verdict(code, ended);
  return new messages.RunResponse().setError(error).setBail(bail);
}

function runtimeOptions(info: messages.ProgramInfo | undefined): RuntimeOptions {
  return info?.getOptions()?.toJavaScript() ?? {};
}

function resolveFrom(directory: string, module: string): string | undefined {
  try {
    return createRequire(join(directory, "package.json")).resolve(module);
  } catch {
    return undefined;
  }
}

/** The program's direct dependencies with their installed versions. */
function dependencies(request: messages.GetProgramDependenciesRequest): messages.GetProgramDependenciesResponse {
  const root = request.getInfo()?.getRootDirectory() ?? "";
  const names = Object.keys(packageJson(join(root, "package.json")).dependencies ?? {});
  const list = names.map((name) => {
    const { version = "" } = packageJson(join(root, "node_modules", name, "package.json"));
    return new messages.DependencyInfo().setName(name).setVersion(version);
  });
  return new messages.GetProgramDependenciesResponse().setDependenciesList(list);
}

function packageJson(path: string): { readonly version?: string; readonly dependencies?: Record<string, string> } {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

const sdkVersion = packageJson(require.resolve("@pulumi/pulumi/package.json")).version ?? "";
const calls = new Calls();
const methods: Partial<ILanguageRuntimeServer> = {
  handshake: calls.unary(() => new messages.LanguageHandshakeResponse()),
  getPluginInfo: calls.unary(() => new PluginInfo().setVersion(sdkVersion)),
  // Nothing is required beforehand: the SDK names plugin and version with each resource, and the engine then takes just
  // those. Listing every installed package would demand the plugins of platforms that a stack does not use.
  getRequiredPackages: calls.unary(() => new messages.GetRequiredPackagesResponse()),
  getRequiredPlugins: calls.unary(() => new messages.GetRequiredPluginsResponse()),
  getProgramDependencies: calls.unary(dependencies),
  about: calls.unary(() => new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  run: calls.unary(run),
};
serve(LanguageRuntimeService, methods, calls);
