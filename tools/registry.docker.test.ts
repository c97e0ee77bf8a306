// Against a real registry on loopback that asks for a password: pushes, digests, and every way in which they are refused.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { hashSync } from "bcryptjs";
import Docker from "dockerode";
import { Listr } from "listr2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseImageTask, hasImage } from "./docker-engine";
import { buildImage } from "./image-builds";
import { remoteImage } from "./providers/docker/remote-image";
import { pushImage, RegistryError, remoteDigest, remoteDigestIfAny } from "./registry";

const docker = new Docker();
const REGISTRY = "groundwork/test-registry:1";
const [ONE, OTHER] = ["groundwork/test-content:one", "groundwork/test-content:other"];
const PASSWORD = "of this test alone";
let folder: string;
let container: Docker.Container;
let repository: string;
const before = process.env.DOCKER_CONFIG;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "registry-"));
  await new Listr(baseImageTask(), { renderer: "silent" }).run();
  const steps =
    "RUN apt-get update -qq && apt-get install -qq --no-install-recommends docker-registry\nCOPY users /users\n";
  await build(REGISTRY, `ARG BASE\nFROM $BASE\n${steps}`, { users: `somebody:${hashSync(PASSWORD, 4)}\n` });
  for (const tag of [ONE, OTHER])
    await build(tag, 'FROM scratch\nCOPY content /\nCMD ["/content"]\n', { content: tag });
  container = await docker.createContainer({
    Image: REGISTRY,
    Cmd: ["docker-registry", "serve", "/etc/docker/registry/config.yml"],
    Env: [
      "REGISTRY_AUTH=htpasswd",
      "REGISTRY_AUTH_HTPASSWD_REALM=test",
      "REGISTRY_AUTH_HTPASSWD_PATH=/users",
      "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/var/tmp/registry",
      "REGISTRY_HTTP_ADDR=0.0.0.0:5000",
    ],
    ExposedPorts: { "5000/tcp": {} },
    HostConfig: { AutoRemove: true, PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "0" }] } },
  });
  await container.start();
  const port = (await container.inspect()).NetworkSettings.Ports["5000/tcp"]?.[0]?.HostPort;
  repository = `127.0.0.1:${port}/test/content`;
  for (const until = Date.now() + 60_000; Date.now() < until; await pause(200))
    if (await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined)) break;
}, 300_000);
afterAll(async () => {
  if (before === undefined) delete process.env.DOCKER_CONFIG;
  else process.env.DOCKER_CONFIG = before;
  await container?.remove({ force: true });
  for (const tag of [REGISTRY, ONE, OTHER]) if (await hasImage(docker, tag)) await docker.getImage(tag).remove();
  rmSync(folder, { recursive: true });
});

async function build(tag: string, dockerfile: string, others: Readonly<Record<string, string>>): Promise<void> {
  const files = Object.entries({ Dockerfile: dockerfile, ...others }).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return { name, mode: 0o644, path: join(folder, name) };
  });
  await buildImage(docker, { name: "test", tag, files }, () => undefined);
}

/** As `docker login` keeps it. */
function signIn(password: string): void {
  const auths = { [repository.split("/")[0] ?? ""]: { auth: Buffer.from(`somebody:${password}`).toString("base64") } };
  mkdirSync(join(folder, "docker"), { recursive: true });
  writeFileSync(join(folder, "docker", "config.json"), JSON.stringify({ auths }));
  process.env.DOCKER_CONFIG = join(folder, "docker");
}

const refused = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) =>
      error instanceof RegistryError ? { says: error.message, hint: error.hint } : { says: String(error) },
  );

test("who has not signed in is told to", async () => {
  process.env.DOCKER_CONFIG = join(folder, "nobody");
  const host = repository.split("/")[0];
  const hint = `docker login ${host}, as somebody who may read and write there`;
  expect(await refused(remoteDigest(`${repository}:1`))).toMatchObject({ hint });
  expect(await refused(pushImage(ONE, `${repository}:1`, () => undefined))).toEqual({ says: expect.any(String), hint });
  signIn("wrong");
  const answer = await refused(pushImage(ONE, `${repository}:1`, () => undefined));
  expect(answer).toMatchObject({ hint });
  expect(answer?.says).not.toContain("wrong");
});

test("a pushed image has the digest that the registry tells, and no name stays behind", async () => {
  signIn(PASSWORD);
  expect(await remoteDigestIfAny(`${repository}:1`)).toBeUndefined();
  const digest = await pushImage(ONE, `${repository}:1`, () => undefined);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await remoteDigest(`${repository}:1`)).toBe(digest);
  expect(await hasImage(docker, `${repository}:1`)).toBe(false);
});

test("a tag that moves is noticed, and what is pinned stays what it was", async () => {
  signIn(PASSWORD);
  const pinned = await pushImage(ONE, `${repository}:2`, () => undefined);
  const moved = await pushImage(OTHER, `${repository}:2`, () => undefined);
  expect(await remoteDigest(`${repository}:2`)).toBe(moved);
  expect(moved).not.toBe(pinned);
  const reference = `${repository}:2@${pinned}`;
  await pull(reference);
  const image = docker.getImage(reference);
  expect((await image.inspect()).Id).toBe((await docker.getImage(ONE).inspect()).Id);
  await image.remove();
});

test("a digest that the registry does not have is refused", async () => {
  signIn(PASSWORD);
  await pushImage(ONE, `${repository}:3`, () => undefined);
  const error = await pull(`${repository}:3@sha256:${"0".repeat(64)}`).catch((refusal: Error) => refusal);
  expect(String(error)).toMatch(/manifest unknown|not found/);
});

test("a registry that does not answer is named", async () => {
  const answer = await refused(remoteDigest("127.0.0.1:1/test/content:1"));
  expect(answer).toMatchObject({ hint: "see whether this machine's engine reaches 127.0.0.1:1, then run it again" });
  expect(answer?.says).toMatch(/connection refused/);
});

/** As a stack pulls it. */
async function pull(reference: string): Promise<void> {
  await remoteImage.create({ name: reference }, { urn: "of a test", signal: AbortSignal.timeout(60_000) });
}
