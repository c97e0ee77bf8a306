// The protocol as the engine sees it: a provider of one resource type behind a real connection.
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Calls } from "./plugin-server";
import { providerMethods } from "./provider";
import type { ResourceType } from "./resource-type";
import { asSecret, type Properties, UNKNOWN } from "./wire";

const URN = "urn:pulumi:test::groundwork::toy:index/lock:Lock::front";

type Inputs = { readonly code: string; readonly name?: string; readonly colour?: string };

/** A lock opens with a code; the code "jammed" cannot be set, the code "slow" is never done. */
const lock: ResourceType<Inputs> = {
  required: ["code"],
  optional: ["name", "colour"],
  defaults: { colour: "grey" },
  updatable: ["colour"],
  computed: ["key", "log"],
  secret: ["key"],
  echoing: ["log"],
  autoname: true,
  deleteBeforeReplace: true,
  check: ({ colour }) => (colour === "pink" ? [{ property: "colour", reason: "must not be pink" }] : []),
  due: ({ colour }) => (colour === "rusty" ? "key" : undefined),
  async create({ code }, { signal }) {
    if (code === "jammed") throw new Error(`the code ${code} does not fit`);
    if (code === "slow")
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("was cancelled"))));
    return { id: "1", outputs: { key: `key of ${code}`, log: `set to ${code}` } };
  },
  async read(id, recorded) {
    return id === "gone"
      ? undefined
      : { outputs: { code: recorded.code, colour: "faded" }, inputs: { colour: "faded" } };
  },
};

let server: Server;
let client: ResourceProviderClient;

beforeAll(async () => {
  const calls = new Calls();
  server = new Server();
  const provider = { name: "toy", version: "1.2.3", types: { "toy:index/lock:Lock": lock as ResourceType } };
  server.addService(ResourceProviderService, providerMethods(provider, calls) as never);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterAll(() => {
  client.close();
  server.forceShutdown();
});

type Method<Request, Response> = (
  request: Request,
  done: (error: { readonly details: string } | null, response: Response) => void,
) => unknown;

function call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) =>
    method.call(client, request, (error, response) => (error ? reject(new Error(error.details)) : resolve(response))),
  );
}

const struct = (value: Properties) => Struct.fromJavaScript(value as never);

const check = async (news: Properties, olds: Properties = {}) => {
  const request = new messages.CheckRequest().setUrn(URN).setNews(struct(news)).setOlds(struct(olds));
  const response = await call<messages.CheckRequest, messages.CheckResponse>(client.check, request);
  return {
    inputs: response.getInputs()?.toJavaScript(),
    failures: response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`),
  };
};

const create = (inputs: Properties, preview = false) =>
  call<messages.CreateRequest, messages.CreateResponse>(
    client.create,
    new messages.CreateRequest().setUrn(URN).setProperties(struct(inputs)).setPreview(preview),
  );

test("every problem of the inputs is told at once", async () => {
  const { failures } = await check({ colour: "pink", size: 3 });
  expect(failures).toEqual([
    "code: is required",
    "size: is not supported by the offline provider",
    "colour: must not be pink",
  ]);
});

test("an unknown value passes the check", async () => {
  expect((await check({ code: UNKNOWN, colour: UNKNOWN })).failures).toEqual([]);
});

test("a name is made up once and kept", async () => {
  const first = await check({ code: "1" });
  expect(first.inputs).toEqual({ code: "1", name: expect.stringMatching(/^front-[0-9a-f]{7}$/), __defaults: ["name"] });
  expect((await check({ code: "1" }, first.inputs)).inputs).toEqual(first.inputs);
});

test("a previewed creation keeps what is known and says what is not", async () => {
  const response = await create({ code: asSecret("1234"), name: UNKNOWN }, true);
  expect(response.getProperties()?.toJavaScript()).toEqual({
    code: asSecret("1234"),
    name: UNKNOWN,
    colour: "grey",
    key: asSecret(UNKNOWN),
    log: asSecret(UNKNOWN),
  });
});

test("secrets go into the handler open and into the state closed", async () => {
  const response = await create({ code: asSecret("1234"), name: "front" });
  expect(response.getProperties()?.toJavaScript()).toEqual({
    code: asSecret("1234"),
    name: "front",
    colour: "grey",
    key: asSecret("key of 1234"),
    log: asSecret("set to 1234"),
  });
});

test("an output that may repeat a secret is open when there is none", async () => {
  const response = await create({ code: "1234" });
  expect(response.getProperties()?.toJavaScript()).toMatchObject({ log: "set to 1234", key: asSecret("key of 1234") });
});

test("an error does not tell a secret", async () => {
  await expect(create({ code: asSecret("jammed") })).rejects.toThrow("the code [REDACTED] does not fit");
});

const diff = async (olds: Properties, news: Properties, state: Properties = {}) => {
  const request = new messages.DiffRequest().setUrn(URN).setId("1");
  request.setOldInputs(struct(olds)).setNews(struct(news)).setOlds(struct(state));
  const response = await call<messages.DiffRequest, messages.DiffResponse>(client.diff, request);
  const detail = response.getDetaileddiffMap().toObject(false, () => ({}) as never);
  return {
    changes: response.getChanges(),
    diffs: response.getDiffsList(),
    replaces: response.getReplacesList(),
    first: response.getDeletebeforereplace(),
    paths: detail.map(([path]) => path),
  };
};

const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;

test("an update in place and a replacement are told apart", async () => {
  expect(await diff({ code: "1", colour: "red" }, { code: "1", colour: "blue" })).toMatchObject({
    changes: DIFF_SOME,
    diffs: ["colour"],
    replaces: [],
    paths: ["colour"],
  });
  expect(await diff({ code: asSecret("1") }, { code: asSecret("2") })).toMatchObject({
    changes: DIFF_SOME,
    replaces: ["code"],
    first: true,
  });
});

test("becoming secret is no change", async () => {
  expect(await diff({ code: "1" }, { code: asSecret("1") })).toMatchObject({ changes: DIFF_NONE, diffs: [] });
});

test("what is due is replaced although nothing changed", async () => {
  const rusty = { code: "1", colour: "rusty" };
  expect(await diff(rusty, rusty, rusty)).toMatchObject({ changes: DIFF_SOME, replaces: ["key"] });
});

test("what becomes due by the change itself is replaced at once, what no longer is stays", async () => {
  const [grey, rusty] = [
    { code: "1", colour: "grey" },
    { code: "1", colour: "rusty" },
  ];
  expect(await diff(grey, rusty, grey)).toMatchObject({ diffs: ["colour", "key"], replaces: ["key"] });
  expect(await diff(rusty, grey, rusty)).toMatchObject({ diffs: ["colour"], replaces: [] });
});

test("a made-up name needs no deletion first", async () => {
  const olds = { code: "1", name: "front-1234567", __defaults: ["name"] };
  expect(await diff(olds, { ...olds, code: "2" })).toMatchObject({ replaces: ["code"], first: false });
});

const read = (id: string) =>
  call<messages.ReadRequest, messages.ReadResponse>(
    client.read,
    new messages.ReadRequest()
      .setUrn(URN)
      .setId(id)
      .setProperties(struct({ code: asSecret("1"), colour: "red" }))
      .setInputs(struct({ code: asSecret("1"), colour: "red" })),
  );

test("a refresh takes over what drifted and keeps secrets closed", async () => {
  const response = await read("1");
  expect(response.getId()).toBe("1");
  expect(response.getProperties()?.toJavaScript()).toEqual({ code: asSecret("1"), colour: "faded" });
  expect(response.getInputs()?.toJavaScript()).toEqual({ code: asSecret("1"), colour: "faded" });
});

test("a refresh of what is gone answers without an id", async () => {
  expect((await read("gone")).getId()).toBe("");
});

test("a type of the package that is not offered is named", async () => {
  const request = new messages.CreateRequest().setUrn(URN.replace("lock:Lock", "safe:Safe"));
  await expect(call(client.create as Method<messages.CreateRequest, unknown>, request)).rejects.toThrow(
    "toy:index/safe:Safe: is not served by the offline provider toy",
  );
});

test("cancelling ends what is under way", async () => {
  const ended = expect(create({ code: "slow" })).rejects.toThrow("was cancelled");
  await new Promise((resolve) => client.getPluginInfo(new Empty(), resolve));
  await new Promise((resolve) => client.cancel(new Empty(), resolve));
  await ended;
});
