// An engine inside the test: runs a program as the real one does and keeps every registration whole. No CLI, no providers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService, type IEngineServer } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineMessages from "@pulumi/pulumi/proto/engine_pb";
import { type IResourceMonitorServer, ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { programEnvironment } from "../../tools/language-host/program";
import { ROOT } from "../../tools/paths";
import { Calls } from "../../tools/providers/plugin-server";
import { asSecret, hasSecret, type Properties, reveal } from "../../tools/providers/wire";

/** One resource as the program registered it. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** False for components. */
  readonly custom: boolean;
  /** The parent's URN; empty for the stack. */
  readonly parent: string;
  /** Plain values; what is unknown in a preview is `UNKNOWN`. */
  readonly inputs: Properties;
  /** The inputs that are secret, wholly or in part, as far as they are known: the SDK does not mark unknown values. */
  readonly secretInputs: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  /** URNs of everything that it waits for, through `dependsOn` or a value. */
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  /** Former names, or former URNs. */
  readonly aliases: readonly string[];
  /** The plugin version that serves it. */
  readonly version: string;
}

/** What a run of the program gave. */
export interface ProgramRun {
  readonly resources: readonly Registration[];
  /** The stack's outputs, secrets opened. */
  readonly outputs: Properties;
  /** What the program told the engine, warnings and errors only. */
  readonly messages: readonly string[];
  readonly code: number;
}

export interface ProgramArgs {
  /** The program's file or folder. @default the compiled program of this project */
  readonly program?: string;
  readonly stack: string;
  /** Configuration with its namespace: `{ "groundwork:domain": "…" }`. @default none */
  readonly config?: Readonly<Record<string, string>>;
  /** Which of them are secret. @default none */
  readonly secretConfig?: readonly string[];
  /** Outputs of a resource beside its inputs; they end the preview: all else is known to be absent. @default a preview */
  readonly outputs?: (resource: Registration) => Properties;
  /** @default "groundwork" */
  readonly project?: string;
}

const { ResourceMonitorFeature: Feature } = messages;
const FEATURES = [
  Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
];

/** Runs the program to its end. Its failure is in `code` and `messages`. */
export async function runProgram(args: ProgramArgs): Promise<ProgramRun> {
  const { project = "groundwork", program = `${ROOT}/dist/infra/index.js`, config = {}, secretConfig = [] } = args;
  const seen = { resources: [] as Registration[], outputs: {} as Properties, messages: [] as string[] };
  const server = new Server();
  server.addService(ResourceMonitorService, monitor(args, project, seen) as IResourceMonitorServer);
  server.addService(EngineService, engine(seen.messages) as IEngineServer);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const runner = require.resolve("@pulumi/pulumi/cmd/run");
  const flags = { monitor: address, engine: address, project, stack: args.stack, pwd: ROOT, parallel: "16" };
  const child = spawn(
    process.execPath,
    [
      ...["--stack-trace-limit=0", runner],
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
      ...(args.outputs ? [] : ["--dry-run"]),
      program,
    ],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        ...programEnvironment(
          { configMap: Object.entries(config), configsecretkeysList: [...secretConfig] },
          { typescript: program.endsWith(".ts") },
        ),
      },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  // A test that is given up leaves no program behind: without its engine it would ask for it for ever.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.stderr.setEncoding("utf8").on("data", (text: string) => seen.messages.push(text.trim()));
  const [code] = (await once(child, "close")) as [number];
  process.off("exit", kill);
  server.forceShutdown();
  return { ...seen, code };
}

function monitor(
  { stack, outputs }: ProgramArgs,
  project: string,
  seen: { resources: Registration[]; outputs: Properties },
): Partial<IResourceMonitorServer> {
  const calls = new Calls();
  return {
    getDeploymentInfo: calls.unary(() =>
      new messages.DeploymentInfo().setProject(project).setStack(stack).setSupportedfeaturesList(FEATURES),
    ),
    registerPackage: calls.unary(() => new messages.RegisterPackageResponse().setRef("package")),
    registerResource: calls.unary((request: messages.RegisterResourceRequest) => {
      const resource = registration(request, project, stack);
      seen.resources.push(resource);
      const object = withSecrets({ ...request.getObject()?.toJavaScript(), ...outputs?.(resource) }, resource);
      return new messages.RegisterResourceResponse()
        .setUrn(resource.urn)
        .setId(resource.custom && outputs ? `${resource.name}-id` : "")
        .setObject(Struct.fromJavaScript(object as never));
    }),
    registerResourceOutputs: calls.unary((request: messages.RegisterResourceOutputsRequest) => {
      if (request.getUrn().includes("::pulumi:pulumi:Stack::"))
        seen.outputs = reveal(request.getOutputs()?.toJavaScript() ?? {});
      return new Empty();
    }),
    signalAndWaitForShutdown: calls.unary(() => new Empty()),
  };
}

/** Marks the outputs that the program calls secret. */
function withSecrets(object: Properties, { additionalSecretOutputs }: Registration): Properties {
  const names = additionalSecretOutputs.filter((name) => object[name] !== undefined);
  return { ...object, ...Object.fromEntries(names.map((name) => [name, asSecret(object[name])])) };
}

function registration(request: messages.RegisterResourceRequest, project: string, stack: string): Registration {
  const inputs: Properties = request.getObject()?.toJavaScript() ?? {};
  const parentType = request.getParent().split("::")[2];
  const type = parentType && !parentType.startsWith("pulumi:pulumi:Stack") ? `${parentType}$` : "";
  return {
    urn: `urn:pulumi:${stack}::${project}::${type}${request.getType()}::${request.getName()}`,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs: reveal(inputs),
    secretInputs: Object.keys(inputs).filter((name) => hasSecret(inputs[name])),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    dependencies: request.getDependenciesList(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    aliases: request.getAliasesList().map((alias) => alias.getUrn() || (alias.getSpec()?.getName() ?? "")),
    version: request.getVersion(),
  };
}

function engine(lines: string[]): Partial<IEngineServer> {
  const calls = new Calls();
  let root = "";
  return {
    log: calls.unary((request: engineMessages.LogRequest) => {
      if (request.getSeverity() >= engineMessages.LogSeverity.WARNING) lines.push(request.getMessage());
      return new Empty();
    }),
    getRootResource: calls.unary(() => new engineMessages.GetRootResourceResponse().setUrn(root)),
    setRootResource: calls.unary((request: engineMessages.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engineMessages.SetRootResourceResponse();
    }),
  };
}
