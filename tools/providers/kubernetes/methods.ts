// The engine's protocol for every kind of object alike: what a resource is stands in its token and inputs, and the API
// server knows the rest. Hence no table of types as the other offline providers have.
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CallFailure, type Calls } from "../plugin-server";
import { hasSecret, type Properties, redactor, reveal, UNKNOWN } from "../wire";
import { checkObject } from "./check";
import { type Configuration, configurationChanges, configurationFailures, configurationOf } from "./configuration";
import type { EngineLog } from "./engine-log";
import { kindOfToken } from "./identity";
import { withSecretData } from "./object";
import { changesOf } from "./replacement";
import { Session } from "./session";

export interface Serving {
  readonly version: string;
  readonly calls: Calls;
  readonly log: EngineLog;
}

/** The protocol's methods. One process serves one provider resource, hence one cluster. */
export function kubernetesMethods({ version, calls, log }: Serving): Partial<IResourceProviderServer> {
  let configuration: Configuration = configurationOf({});
  let session = new Session(configuration, log);
  // A container may print the secret of any object of the run, not only of its own.
  const redactors: ((text: string) => string)[] = [];
  const redact = (text: string) => redactors.reduce((rest, hide) => hide(rest), text);
  const learn = (properties: Properties) => {
    if (hasSecret(properties)) redactors.push(redactor(properties));
  };
  /** Answers one call about a resource; no error carries a secret of the run. */
  const about = <Request extends { getUrn(): string }, Response>(
    answer: (request: Request, token: string, signal: AbortSignal) => Response | Promise<Response>,
  ) =>
    calls.unary(async (request: Request, signal) => {
      try {
        return await answer(request, tokenOf(request.getUrn()), signal);
      } catch (error) {
        if (error instanceof CallFailure) throw error;
        throw new Error(redact(error instanceof Error ? error.message : String(error)));
      }
    });

  return {
    handshake: calls.unary(() =>
      new messages.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(false).setAcceptOutputs(false),
    ),
    getPluginInfo: calls.unary(() => new PluginInfo().setVersion(version)),
    getSchema: calls.unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    attach: calls.unary(() => new Empty()),
    cancel: calls.unary(() => {
      calls.abort();
      return new Empty();
    }),
    checkConfig: calls.unary((request: messages.CheckRequest) => {
      const failures = configurationFailures(reveal(properties(request.getNews())));
      return checked(properties(request.getNews()), failures);
    }),
    diffConfig: calls.unary((request: messages.DiffRequest) => {
      const { changed, otherCluster } = configurationChanges(
        reveal(properties(request.getOldInputs() ?? request.getOlds())),
        reveal(properties(request.getNews())),
      );
      return new messages.DiffResponse()
        .setChanges(someOrNone(changed.length > 0))
        .setDiffsList([...changed])
        .setReplacesList(otherCluster ? [...changed] : []);
    }),
    configure: calls.unary((request: messages.ConfigureRequest) => {
      const args = properties(request.getArgs());
      learn(args);
      configuration = configurationOf(reveal(args));
      session = new Session(configuration, log);
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),

    check: about((request: messages.CheckRequest, token) => {
      const news = withKind(token, properties(request.getNews()));
      learn(withSecretData(news));
      const { inputs, failures } = checkObject(news, session.defaultNamespace);
      return checked(inputs, failures);
    }),
    diff: about((request: messages.DiffRequest, token) => {
      const olds = withKind(token, properties(request.getOldInputs() ?? request.getOlds()));
      learn(withSecretData(olds));
      return diffResponse(changesOf(reveal(olds), reveal(properties(request.getNews()))));
    }),
    create: about(async (request: messages.CreateRequest, token, signal) => {
      const call = { urn: request.getUrn(), token, signal, seconds: request.getTimeout(), redact };
      const inputs = given(request.getProperties());
      if (request.getPreview()) {
        await session.verify(call, inputs, true);
        return new messages.CreateResponse().setProperties(struct({ ...withSecretData(inputs), status: UNKNOWN }));
      }
      const { id, outputs } = await session.create(call, inputs);
      return new messages.CreateResponse().setId(id).setProperties(struct(outputs));
    }),
    update: about(async (request: messages.UpdateRequest, token, signal) => {
      const call = { urn: request.getUrn(), token, signal, seconds: request.getTimeout(), redact };
      const inputs = given(request.getNews());
      const olds = properties(request.getOlds());
      if (request.getPreview()) {
        await session.verify({ ...call, olds }, inputs, false);
        return new messages.UpdateResponse().setProperties(struct({ ...olds, ...withSecretData(inputs) }));
      }
      const { outputs } = await session.update({ ...call, olds }, inputs);
      return new messages.UpdateResponse().setProperties(struct(outputs));
    }),
    read: about(async (request: messages.ReadRequest, token, signal) => {
      const call = { urn: request.getUrn(), token, signal, seconds: 0, redact };
      const [olds, inputs] = [properties(request.getProperties()), properties(request.getInputs())];
      const found = await session.read({ ...call, olds }, request.getId(), inputs);
      const response = new messages.ReadResponse();
      if (!found) return response;
      return response.setId(found.id).setProperties(struct(found.outputs)).setInputs(struct(found.inputs));
    }),
    delete: about(async (request: messages.DeleteRequest, token, signal) => {
      const call = { urn: request.getUrn(), token, signal, seconds: request.getTimeout(), redact };
      await session.delete(call, properties(request.getProperties()));
      return new Empty();
    }),
  };
}

function checked(inputs: Properties, failures: readonly { readonly property: string; readonly reason: string }[]) {
  return new messages.CheckResponse()
    .setInputs(struct(inputs))
    .setFailuresList(
      failures.map(({ property, reason }) => new messages.CheckFailure().setProperty(property).setReason(reason)),
    );
}

/** Names are fixed, so that the old object must go before the new one can come. */
function diffResponse(changes: ReturnType<typeof changesOf>): messages.DiffResponse {
  const inputs = (some: typeof changes) => [...new Set(some.map(({ input }) => input))];
  const { Kind } = messages.PropertyDiff;
  const response = new messages.DiffResponse()
    .setChanges(someOrNone(changes.length > 0))
    .setDiffsList(inputs(changes))
    .setReplacesList(inputs(changes.filter(({ replace }) => replace)))
    .setDeletebeforereplace(changes.some(({ replace }) => replace) && !changes.some(isRenaming))
    .setHasdetaileddiff(true);
  for (const { path, kind, replace } of changes) {
    const kinds = {
      add: replace ? Kind.ADD_REPLACE : Kind.ADD,
      delete: replace ? Kind.DELETE_REPLACE : Kind.DELETE,
      update: replace ? Kind.UPDATE_REPLACE : Kind.UPDATE,
    };
    response.getDetaileddiffMap().set(path, new messages.PropertyDiff().setKind(kinds[kind]).setInputdiff(true));
  }
  return response;
}

/** Another name or namespace leaves room for the new object beside the old one. */
function isRenaming({ path }: { readonly path: string }): boolean {
  return path === "metadata.name" || path === "metadata.namespace";
}

function someOrNone(some: boolean) {
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  return some ? DIFF_SOME : DIFF_NONE;
}

function tokenOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? urn;
}

/** Inputs with kind and version stated, as the SDK does for every class. */
function withKind(token: string, inputs: Properties): Properties {
  return { ...kindOfToken(token), ...inputs };
}

/** The inputs as given, without the engine's own bookkeeping. */
function given(inputs: Struct | undefined): Properties {
  return Object.fromEntries(Object.entries(properties(inputs)).filter(([name]) => !name.startsWith("__")));
}

function properties(value: Struct | undefined): Properties {
  return value?.toJavaScript() ?? {};
}

function struct(value: Properties): Struct {
  return Struct.fromJavaScript(value as never);
}
