// How the language host starts a program, and what it says when that fails.
import { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { expect, test } from "vitest";
import { programArguments, programEnvironment, verdict, words } from "./program";

const request: RunRequest.AsObject = {
  ...new RunRequest().toObject(),
  project: "groundwork",
  stack: "local",
  organization: "organization",
  pwd: "/project/dist/infra",
  monitorAddress: "127.0.0.1:1",
  parallel: 16,
  dryrun: true,
  argsList: ["--own"],
  configMap: [["groundwork:domain", "localhost"]],
  configsecretkeysList: ["groundwork:token"],
  info: { rootDirectory: "/project", programDirectory: "/project/dist/infra", entryPoint: "index.js" },
};
const at = { runner: "/project/node_modules/run.js", engine: "127.0.0.1:2" };

test("node's own arguments come before the runner, the program's after it", () => {
  expect(programArguments(request, { nodeargs: "--stack-trace-limit=0 --no-warnings" }, at)).toEqual([
    ...["--stack-trace-limit=0", "--no-warnings", "/project/node_modules/run.js"],
    ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "organization"],
    ...["--project", "groundwork", "--root-directory", "/project", "--stack", "local", "--pwd", "/project/dist/infra"],
    ...["--parallel", "16", "--dry-run", "index.js", "--own"],
  ]);
});

test("configuration travels in the environment", () => {
  expect(programEnvironment(request, { typescript: false })).toEqual({
    PULUMI_CONFIG: '{"groundwork:domain":"localhost"}',
    PULUMI_CONFIG_SECRET_KEYS: '["groundwork:token"]',
  });
  expect(programEnvironment(request, { tsconfig: "tsconfig.infra.json" })).toMatchObject({
    PULUMI_NODEJS_TYPESCRIPT: "true",
    PULUMI_NODEJS_TSCONFIG_PATH: "tsconfig.infra.json",
  });
});

test.each([
  ["", []],
  ["  --a  --b=c ", ["--a", "--b=c"]],
  [`--a "b c" 'd e'`, ["--a", "b c", "d e"]],
])("the words of `%s`", (line, expected) => {
  expect(words(line)).toEqual(expected);
});

test("a program that has told the user already why it failed is not complained about again", () => {
  expect(verdict(0, null)).toEqual({ error: "", bail: false });
  expect(verdict(32, null)).toEqual({ error: "", bail: true });
  expect(verdict(1, null)).toEqual({ error: "program exited with code 1", bail: false });
  expect(verdict(null, "SIGTERM")).toEqual({ error: "program was ended by SIGTERM", bail: false });
});
