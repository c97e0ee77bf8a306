// The language host under the real engine: configuration in, output and failure out, and no program without an engine.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ScratchProject } from "../providers/scratch-project";

const project = new ScratchProject();

beforeAll(() => project.init());
afterAll(() => project.remove());

test("configuration reaches the program, and what it prints reaches the user", async () => {
  await project.must("config", "set", "place", "here");
  await project.must("config", "set", "--secret", "token", "s3cr3t-value");
  project.program(`
    const config = new pulumi.Config();
    console.log("in " + config.require("place") + " with limit " + Error.stackTraceLimit);
    module.exports = { token: config.requireSecret("token"), organization: pulumi.getOrganization() };
  `);
  const output = await project.up();
  expect(output).toContain("in here with limit 0");
  expect(output).not.toContain("s3cr3t-value");
  expect(output).not.toContain("warning:");
  expect(project.state()).not.toContain("s3cr3t-value");
  expect(await project.outputs()).toEqual({ token: "s3cr3t-value", organization: "organization" });
});

test("a program's error is told once", async () => {
  project.program(`throw new Error("no such place");`);
  const { code, output } = await project.pulumi("preview");
  expect(code).not.toBe(0);
  expect(output.match(/no such place/g)).toHaveLength(1);
  expect(output).not.toContain("exited with code");
});

test("a program that ends itself is told by its code", async () => {
  project.program("process.exit(7);");
  const { code, output } = await project.pulumi("preview");
  expect(code).not.toBe(0);
  expect(output).toContain("program exited with code 7");
});

/** Whether a process runs; one that ended but was not waited for yet does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test.each(["SIGINT", "SIGKILL"] as const)("the program ends with an engine that gets %s", async (signal) => {
  project.program(`
    require("node:fs").writeFileSync("${signal}.pid", String(process.pid));
    setInterval(() => {}, 1000);
  `);
  const file = join(project.folder, `${signal}.pid`);
  const engine = project.start("preview");
  const pid = await vi.waitFor(() => Number(readFileSync(file, "utf8") || Number.NaN), { timeout: 60_000 });
  expect(runs(pid)).toBe(true);
  const ended = new Promise((resolve) => engine.once("exit", resolve));
  engine.kill(signal);
  await vi.waitFor(() => expect(runs(pid)).toBe(false), { timeout: 20_000 });
  await ended;
});
