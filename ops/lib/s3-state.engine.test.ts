// State in an S3 bucket: a real MinIO on loopback, the checkout's own commands and the plain engine on it.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stackFile } from "../../infra/stack-file";
import { removeStackFile, writeStackFile } from "../../infra/testing/scenarios/stack-files";
import { ROOT } from "../../tools/paths";
import { ScratchProject } from "../../tools/providers/scratch-project";
import { toolPath } from "../../tools/recipe";
import { installTool } from "../../tools/toolchain";

const STACK = "s3-state";
const VALUE = "q7R-zB.41mKw_unheard-of";
const BUCKET = "state";
const folder = mkdtempSync(join(tmpdir(), "groundwork-s3-"));
let minio: ChildProcess;
let client: S3Client;
let variables: Readonly<Record<string, string>>;
let project: ScratchProject;

beforeAll(async () => {
  await installTool("minio", () => undefined);
  const [port, console] = [await freePort(), await freePort()];
  const [user, password] = ["groundwork", "of this test alone"];
  const address = `127.0.0.1:${port}`;
  minio = spawn(
    toolPath("minio"),
    ["server", "--quiet", "--address", address, "--console-address", `127.0.0.1:${console}`, join(folder, "data")],
    { env: { MINIO_ROOT_USER: user, MINIO_ROOT_PASSWORD: password, HOME: folder }, stdio: "ignore" },
  );
  const endpoint = `http://${address}`;
  client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: user, secretAccessKey: password },
  });
  for (const until = Date.now() + 120_000; ; await pause(200)) {
    const refused = await client.send(new CreateBucketCommand({ Bucket: BUCKET })).catch((error: Error) => error);
    if (!(refused instanceof Error)) break;
    if (Date.now() > until) throw refused;
  }
  variables = {
    // As README.md has it for a MinIO; Amazon's own needs the region alone.
    PULUMI_BACKEND_URL: `s3://${BUCKET}?endpoint=${endpoint}&use_path_style=true&region=us-east-1`,
    AWS_ACCESS_KEY_ID: user,
    AWS_SECRET_ACCESS_KEY: password,
    PULUMI_CONFIG_PASSPHRASE: "scratch",
  };
  project = new ScratchProject(variables);
});
afterAll(async () => {
  removeStackFile(STACK);
  await project?.remove();
  minio?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function groundwork(args: readonly string[], changes: Readonly<Record<string, string>> = {}, input = "") {
  const child = spawn(join(ROOT, "groundwork"), [...args, "-s", STACK], {
    cwd: ROOT,
    env: { ...process.env, ...variables, ...changes },
    stdio: "pipe",
  });
  child.stdin.end(input);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? -1)));
  return { code, said: (await said).join("") };
}

async function keys(): Promise<readonly string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return Contents.flatMap(({ Key }) => Key ?? []);
}

async function everything(): Promise<string> {
  const bodies = (await keys()).map(async (Key) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return (await Body?.transformToString()) ?? "";
  });
  return (await Promise.all(bodies)).join("\n");
}

test("a command of this checkout makes a stack there, and finds it again", async () => {
  writeStackFile(STACK, { platform: "docker", domain: "example.org" });
  const { code, said } = await groundwork(["secret", "set", "smtp-password"], {}, `${VALUE}\n`);
  expect([code, said]).toEqual([0, expect.not.stringContaining(VALUE)]);
  expect(await keys()).toContain(`.pulumi/stacks/groundwork/${STACK}.json`);
  expect(readFileSync(join(ROOT, stackFile(STACK)), "utf8")).toContain("secure: v1:");
  expect(existsSync(join(ROOT, ".groundwork/state/.pulumi/stacks/groundwork", `${STACK}.json`))).toBe(false);
});

test("a wrong key is said in the backend's words, and changes nothing", async () => {
  const { code, said } = await groundwork(["preview"], { AWS_SECRET_ACCESS_KEY: "wrong" });
  expect(code).toBe(1);
  expect(said).toMatch(/SignatureDoesNotMatch/);
});

test("secrets lie encrypted in the bucket, and a second run changes nothing", async () => {
  project.program(`
const { result } = new random.RandomPassword("secret", { length: 24 });
module.exports = { result };
`);
  await project.init();
  await project.up();
  const [result = ""] = (await project.must("stack", "output", "result", "--show-secrets")).split("\n");
  expect(result).toHaveLength(24);
  const stored = await everything();
  expect(stored).toContain("random:index/randomPassword:RandomPassword");
  expect(stored).not.toContain(result);
  expect(await project.up("--expect-no-changes")).toContain("unchanged");
});

test("two runs at once: the second is refused by the first one's lock", async () => {
  const go = join(folder, "go");
  project.program(`
const { existsSync } = require("node:fs");
const wait = () => new Promise((resolve) => {
  const ask = setInterval(() => existsSync(${JSON.stringify(go)}) && resolve(clearInterval(ask)), 50);
});
const { result } = new random.RandomPassword("secret", { length: 24 });
module.exports = { result, waited: wait().then(() => "yes") };
`);
  const first = project.start("up", "--yes", "--skip-preview");
  const ended = new Promise<number | null>((resolve) => first.once("close", resolve));
  first.stdout.resume();
  first.stderr.resume();
  try {
    for (const until = Date.now() + 120_000; Date.now() < until; await pause(100))
      if ((await keys()).some((key) => key.startsWith(".pulumi/locks/"))) break;
    const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
    expect([code === 0, output]).toEqual([false, expect.stringContaining("currently locked by 1 lock")]);
  } finally {
    writeFileSync(go, "");
  }
  expect(await ended).toBe(0);
  expect((await keys()).filter((key) => key.startsWith(".pulumi/locks/"))).toEqual([]);
});
