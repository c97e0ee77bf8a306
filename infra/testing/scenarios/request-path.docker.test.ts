// The way of a request on the running platform: the proxy, its limit, the gateway, its checks, the service. Whoever refuses does so
// before anything behind it hears of the request.
import { randomUUID } from "node:crypto";
import type { Agent } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import { physicalName } from "../../lib/naming";
import { dockerRig, engine, logLines } from "../docker-rig";
import { allReady, until } from "../rig";
import { type Asked, type StandIn, standIn } from "../stand-in";
import { ask, edgeAgent, forgetLimits } from "./edge";

const rig = dockerRig();
const { requests } = rig.environment.limits.general;
let upstreams: StandIn;
let agent: Agent;
let key: string;

beforeAll(async () => {
  await allReady(rig, ["traefik", "gateway", "minio"]);
  upstreams = await standIn(rig.environment.stack);
  await forgetLimits(rig);
  key = await rig.secret("publishable-key");
  agent = await edgeAgent(rig);
}, 180_000);
afterAll(async () => {
  agent?.destroy();
  await upstreams?.remove();
  await forgetLimits(rig);
}, 150_000);

/** A log of JSON lines. */
async function entries(service: "traefik" | "gateway"): Promise<readonly Record<string, unknown>[]> {
  const lines = await logLines(engine.getContainer(physicalName(rig.environment.stack, `${service}-0`)));
  // Envoy may write two entries as one line.
  return lines
    .flatMap((line) => line.split(/(?<=\})(?=\{)/))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
}

test("a request passes proxy, limit, gateway, authentication and service, in this order", async () => {
  const before = (await entries("gateway")).filter(({ route }) => route === "rest").length;
  const send = async (headers: Record<string, string>) => {
    const id = randomUUID();
    const { status, body } = await ask(rig, agent, "api", `/rest/v1/${id}`, {
      headers: { ...headers, "x-request-id": id },
    });
    return { id, status, body };
  };
  const forged = { authorization: "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA" };
  const served = await send({ apikey: key });
  const keyless = await send({});
  const both = await send({ apikey: "wrong", ...forged });
  const tokenless = await send({ apikey: key, ...forged });
  // What is left of the address's requests, used up at another host.
  for (let i = 4; i < requests; i++) await ask(rig, agent, "storage", "/");
  const late = await send({ apikey: key });
  const lateKeyless = await send({});

  expect([served, keyless, both, tokenless, late, lateKeyless].map(({ status }) => status)).toEqual([
    200, 401, 401, 401, 429, 429,
  ]);
  // The key is asked for before the token.
  expect([keyless, both].map(({ body }) => JSON.parse(body).message)).toEqual([
    "no API key",
    "the API key is not known",
  ]);

  // The service heard of the one that passed, with what proxy and gateway say of it.
  const heard = await upstreams.asked();
  const own = [served, keyless, both, tokenless, late, lateKeyless].map(({ id }) => `/${id}`);
  expect(heard.map(({ path }) => path).filter((path) => own.includes(path))).toEqual([`/${served.id}`]);
  const { headers } = JSON.parse(served.body) as Asked;
  expect(headers).toMatchObject({
    authorization: `Bearer ${await rig.secret("anon-key-asymmetric")}`,
    "x-forwarded-proto": "https",
    "x-forwarded-host": expect.stringContaining("api."),
    "x-forwarded-for": expect.any(String),
  });

  // The proxy knows all six, and handed four of them on.
  const lines = await until("six lines of the proxy", 30, async () => {
    const all = await entries("traefik");
    const found = [served, keyless, both, tokenless, late, lateKeyless].map(({ id }) =>
      all.find((line) => line["request_X-Request-Id"] === id),
    );
    return found.every((line) => line !== undefined) && found;
  });
  expect(lines.map((line) => [line?.RouterName, line?.DownstreamStatus, line?.OriginStatus ?? 0])).toEqual([
    ["api@file", 200, 200],
    ["api@file", 401, 401],
    ["api@file", 401, 401],
    ["api@file", 401, 401],
    ["api@file", 429, 0],
    ["api@file", 429, 0],
  ]);

  // The gateway knows the four, and says which of its checks refused.
  const decided = await until("four lines of the gateway", 30, async () => {
    const found = (await entries("gateway")).filter(({ route }) => route === "rest").slice(before);
    return found.length >= 4 && found;
  });
  expect(decided.map(({ status, reason }) => [status, String(reason).replace(/\{.*/, "")])).toEqual([
    [200, "via_upstream"],
    [401, "lua_response"],
    [401, "lua_response"],
    [401, expect.stringMatching(/^jwt_authn/)],
  ]);
}, 180_000);
