// Serves a table of resource types over the engine's ResourceProvider protocol. `@pulumi/pulumi/provider` would hide
// previews, property-level diffs and cancellation, and takes four times as long to load.
import { createHash, randomBytes } from "node:crypto";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Change, difference } from "./difference";
import type { Calls } from "./plugin-server";
import type { CallContext, Failure, Provider, ResourceType } from "./resource-type";
import { asSecret, hasSecret, hasUnknown, type Properties, redactor, reveal, UNKNOWN } from "./wire";

/** The protocol's methods for `provider`; those it leaves out answer "unimplemented", which the engine expects. */
export function providerMethods(provider: Provider, calls: Calls): Partial<IResourceProviderServer> {
  const typeOf = (urn: string): ResourceType => {
    const token = urn.split("::")[2]?.split("$").at(-1) ?? urn;
    const type = provider.types[token];
    if (!type) throw new Error(`${token}: is not served by the offline provider ${provider.name}`);
    return type;
  };
  /** Answers one call about a resource; an error's text carries none of the request's secrets. */
  const about = <Request extends { getUrn(): string }, Response>(
    answer: (type: ResourceType, request: Request, context: CallContext) => Response | Promise<Response>,
    secretsOf: (request: Request) => readonly (Struct | undefined)[],
  ) =>
    calls.unary(async (request: Request, signal) => {
      try {
        return await answer(typeOf(request.getUrn()), request, { urn: request.getUrn(), signal });
      } catch (error) {
        throw new Error(redactor(secretsOf(request).map(properties))(messageOf(error)));
      }
    });

  return {
    handshake: calls.unary(() =>
      new messages.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(false).setAcceptOutputs(false),
    ),
    configure: calls.unary((request: messages.ConfigureRequest) => {
      provider.configure?.(reveal(properties(request.getArgs())));
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    getPluginInfo: calls.unary(() => new PluginInfo().setVersion(provider.version)),
    getSchema: calls.unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    attach: calls.unary(() => new Empty()),
    cancel: calls.unary(() => {
      calls.abort();
      return new Empty();
    }),
    check: about(check, (request: messages.CheckRequest) => [request.getNews()]),
    diff: about(diff, (request: messages.DiffRequest) => [request.getOlds(), request.getNews()]),
    create: about(create, (request: messages.CreateRequest) => [request.getProperties()]),
    read: about(read, (request: messages.ReadRequest) => [request.getProperties(), request.getInputs()]),
    update: about(update, (request: messages.UpdateRequest) => [request.getOlds(), request.getNews()]),
    delete: about(remove, (request: messages.DeleteRequest) => [request.getProperties()]),
  };
}

function check(type: ResourceType, request: messages.CheckRequest): messages.CheckResponse {
  const news = { ...properties(request.getNews()) };
  if (type.autoname && news.name === undefined) {
    const seed = request.getRandomseed_asU8();
    const suffix = createHash("sha256").update(seed.length > 0 ? seed : randomBytes(16));
    const olds = properties(request.getOlds());
    const kept = Array.isArray(olds.__defaults) && olds.__defaults.includes("name") ? olds.name : undefined;
    news.name = kept ?? `${request.getUrn().split("::")[3]}-${suffix.digest("hex").slice(0, 7)}`;
    news.__defaults = ["name"];
  }
  const known = Object.fromEntries(Object.entries(reveal(news)).filter(([, value]) => !hasUnknown(value)));
  const inputs = [...type.required, ...type.optional];
  const failures: Failure[] = [
    ...type.required
      .filter((name) => news[name] === undefined || news[name] === null)
      .map((property) => ({ property, reason: "is required" })),
    ...Object.keys(news)
      .filter((name) => !inputs.includes(name) && !name.startsWith("__"))
      .map((property) => ({ property, reason: "is not supported by the offline provider" })),
    ...(type.check?.(known) ?? []),
  ];
  return new messages.CheckResponse()
    .setInputs(Struct.fromJavaScript(news as never))
    .setFailuresList(
      failures.map(({ property, reason }) => new messages.CheckFailure().setProperty(property).setReason(reason)),
    );
}

function diff(type: ResourceType, request: messages.DiffRequest): messages.DiffResponse {
  const news = reveal(properties(request.getNews()));
  const changes: Change[] = difference(reveal(properties(request.getOldInputs())), news, type);
  const due = type.due?.({ ...reveal(properties(request.getOlds())), ...type.defaults, ...news }, new Date());
  if (due !== undefined) changes.push({ path: due, input: due, kind: "update", replace: true });

  const names = (some: readonly Change[]) => [...new Set(some.map(({ input }) => input))];
  const autonamed = Array.isArray(news.__defaults) && news.__defaults.includes("name");
  const response = new messages.DiffResponse()
    .setChanges(
      changes.length > 0 ? messages.DiffResponse.DiffChanges.DIFF_SOME : messages.DiffResponse.DiffChanges.DIFF_NONE,
    )
    .setDiffsList(names(changes))
    .setReplacesList(names(changes.filter(({ replace }) => replace)))
    .setDeletebeforereplace(type.deleteBeforeReplace === true && !autonamed)
    .setHasdetaileddiff(true);
  for (const { path, input, kind, replace } of changes) {
    const { Kind } = messages.PropertyDiff;
    const kinds = {
      add: replace ? Kind.ADD_REPLACE : Kind.ADD,
      delete: replace ? Kind.DELETE_REPLACE : Kind.DELETE,
      update: replace ? Kind.UPDATE_REPLACE : Kind.UPDATE,
    };
    response
      .getDetaileddiffMap()
      .set(path, new messages.PropertyDiff().setKind(kinds[kind]).setInputdiff(input !== due));
  }
  return response;
}

async function create(type: ResourceType, request: messages.CreateRequest, context: CallContext) {
  const inputs = given(request.getProperties());
  const response = new messages.CreateResponse();
  if (request.getPreview()) {
    const unknown = Object.fromEntries(type.computed.map((name) => [name, UNKNOWN]));
    return response.setProperties(state(type, { ...unknown, ...inputs }, {}));
  }
  const { id, outputs } = await type.create(reveal(inputs), context);
  return response.setId(id).setProperties(state(type, inputs, outputs));
}

async function read(type: ResourceType, request: messages.ReadRequest, context: CallContext) {
  const [recorded, inputs] = [properties(request.getProperties()), properties(request.getInputs())];
  const response = new messages.ReadResponse();
  if (Object.keys(inputs).length === 0)
    throw new Error(`${request.getId()}: cannot be read or imported by its id alone`);
  const drift = type.read ? await type.read(request.getId(), reveal(recorded), context) : { outputs: {} };
  if (!drift) return response;
  return response
    .setId(request.getId())
    .setProperties(state(type, recorded, drift.outputs))
    .setInputs(Struct.fromJavaScript({ ...inputs, ...drift.inputs } as never));
}

async function update(type: ResourceType, request: messages.UpdateRequest, context: CallContext) {
  const inputs = given(request.getNews());
  const olds = properties(request.getOlds());
  const kept = Object.fromEntries(type.computed.flatMap((name) => (name in olds ? [[name, olds[name]]] : [])));
  const changed =
    request.getPreview() || !type.update
      ? {}
      : await type.update(request.getId(), reveal(inputs), reveal(olds), context);
  return new messages.UpdateResponse().setProperties(state(type, { ...kept, ...inputs }, changed));
}

async function remove(type: ResourceType, request: messages.DeleteRequest, context: CallContext): Promise<Empty> {
  await type.delete?.(request.getId(), reveal(properties(request.getProperties())), context);
  return new Empty();
}

/** The state to record: what is `recorded` (secrets still wrapped), overlaid with plain `found` values, marked alike. */
function state(type: ResourceType, recorded: Properties, found: Properties): Struct {
  const marked = Object.entries({ ...type.defaults, ...recorded, ...found }).flatMap(([name, value]) => {
    const echo = type.echoing?.includes(name) && hasSecret(recorded);
    const secret = type.secret?.includes(name) || echo || (name in found && hasSecret(recorded[name]));
    return value === undefined ? [] : [[name, secret ? asSecret(value) : value]];
  });
  return Struct.fromJavaScript(Object.fromEntries(marked));
}

/** The inputs as given, without the engine's own bookkeeping. */
function given(struct: Struct | undefined): Properties {
  return Object.fromEntries(Object.entries(properties(struct)).filter(([name]) => !name.startsWith("__")));
}

function properties(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
