// A secret that somebody gives, from standard input to the state: encrypted in the stack file, readable wherever the passphrase
// is, secret in the state, and in clear nowhere. Beside it the derived keys: a second run changes nothing.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { importJWK, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DERIVED_SECRETS } from "../../infra/catalogue/secrets";
import { stackFile } from "../../infra/stack-file";
import { removeStackFile, writeStackFile } from "../../infra/testing/scenarios/stack-files";
import { ROOT } from "../../tools/paths";
import { ScratchProject } from "../../tools/providers/scratch-project";

const STACK = "given-secrets";
const VALUE = "q7R-zB.41mKw_unheard-of";
const PASSPHRASE = "scratch";
const project = new ScratchProject();
const place = mkdtempSync(join(tmpdir(), "groundwork-given-"));

const program = `
const { Credentials } = require(${JSON.stringify(join(ROOT, "dist/infra/components/credentials.js"))});
const { secrets } = new Credentials("credentials", { certificates: new Map(), given: ["smtp-password"], protect: false });
module.exports = { secrets: pulumi.secret(pulumi.all(secrets)) };
`;

/** Runs a program of this checkout as somebody with a backend of his own does. */
async function run(command: string, args: readonly string[], backend: string, passphrase: string, input = "") {
  mkdirSync(join(place, backend), { recursive: true });
  const child = spawn(command, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      PATH: `${join(ROOT, ".groundwork", "bin")}:${process.env.PATH}`,
      PULUMI_HOME: join(ROOT, ".groundwork", "pulumi"),
      PULUMI_BACKEND_URL: `file://${join(place, backend)}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    stdio: "pipe",
  });
  child.stdin.end(input);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? -1)));
  const [stdout, stderr] = await said;
  return { code, stdout, stderr };
}

const groundwork = (args: readonly string[], input?: string) =>
  run(join(ROOT, "groundwork"), [...args, "-s", STACK], "ours", PASSPHRASE, input);
const file = () => readFileSync(join(ROOT, stackFile(STACK)), "utf8");

beforeAll(async () => {
  writeStackFile(STACK, { platform: "docker", domain: "example.org" });
  const { code, stdout, stderr } = await groundwork(["secret", "set", "smtp-password"], `${VALUE}\n`);
  expect([code, `${stdout}${stderr}`]).toEqual([0, expect.not.stringContaining(VALUE)]);
});

afterAll(async () => {
  await project.remove();
  removeStackFile(STACK);
  rmSync(place, { recursive: true });
});

test("the file holds it encrypted, with the salt that decrypting needs; a list says only that it is set", async () => {
  expect(file()).toMatch(/ {2}groundwork:secrets:\n {4}smtp-password:\n {6}secure: v1:\S+\nencryptionsalt: v1:\S+\n$/);
  expect(file()).not.toContain(VALUE);
  const { stdout } = await groundwork(["secret", "list", "--json"]);
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ name: "smtp-password", set: true }));
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ name: "openai-key", set: false }));
});

test("a second one is encrypted alike and leaves the first as it is", async () => {
  const [first] = /secure: \S+/.exec(file()) ?? [];
  const { code } = await groundwork(["secret", "set", "openai-key"], "sk-7d1c9a53e8b24f60aa91");
  expect([code, file().includes(first as string), file().match(/secure: v1:/g)?.length]).toEqual([0, true, 2]);
  expect((await groundwork(["secret", "unset", "openai-key"])).code).toBe(0);
  expect(file().match(/secure: v1:/g)?.length).toBe(1);
});

test("the plain CLI reads it with file and passphrase alone, and not with another passphrase", async () => {
  const get = ["config", "get", "--path", 'groundwork:secrets["smtp-password"]', "--stack", STACK];
  const elsewhere = (passphrase: string, ...args: readonly string[]) => run("pulumi", args, "ci", passphrase);
  await elsewhere(PASSPHRASE, "stack", "init", STACK, "--no-select");
  expect((await elsewhere(PASSPHRASE, ...get)).stdout.trim()).toBe(VALUE);
  const wrong = await elsewhere("wrong", ...get);
  expect([wrong.code === 0, `${wrong.stdout}${wrong.stderr}`]).toEqual([false, expect.not.stringContaining(VALUE)]);
});

test("up delivers it; state, preview and file never show it; a second run changes nothing", async () => {
  writeFileSync(join(project.folder, "Pulumi.scratch.yaml"), file());
  project.program(program);
  await project.init();
  const first = await project.up();
  const again = await project.must("preview", "--diff", "--show-sames", "--expect-no-changes");
  await project.must("refresh", "--yes", "--expect-no-changes");
  const { secrets } = (await project.outputs()) as { secrets: Record<string, string> };
  expect(secrets["smtp-password"]).toBe(VALUE);
  expect("openai-key" in secrets).toBe(false);
  const derived = DERIVED_SECRETS.map((name) => secrets[name] ?? "");
  expect(derived.filter((value) => value.length < 30)).toEqual([]);
  for (const value of [VALUE, ...derived]) expect(`${first}${again}${project.state()}`).not.toContain(value);
});

test("the tokens of a real state verify against its published keys", async () => {
  const { secrets } = (await project.outputs()) as { secrets: Record<string, string> };
  const { keys } = JSON.parse(secrets["jwt-jwks"] ?? "");
  const { payload } = await jwtVerify(secrets["anon-key-asymmetric"] ?? "", await importJWK(keys[0], "ES256"));
  expect(payload).toMatchObject({ role: "anon", iss: "supabase" });
  const years = ((payload.exp ?? 0) - (payload.iat ?? 0)) / (365 * 86_400);
  expect(years).toBe(5);
});
