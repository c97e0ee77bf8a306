// Recipes as values, and that every pin says the same in all places where it stands.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import manifest from "../package.json";
import { ROOT } from "./paths";
import { GO, NODE, PROVIDERS, TOOLS, type ToolName, type ToolPin } from "./pins";
import { buildArgs, listArgs, moduleFolder, recipeHash, toolHome, toolPath } from "./recipe";

const names = Object.keys(TOOLS) as ToolName[];

test("the engine is built as its publisher builds it", () => {
  expect(buildArgs(TOOLS.pulumi, "/cache/pulumi")).toEqual([
    "build",
    "-v",
    "-trimpath",
    "-tags=osusergo,grpcnotrace",
    "-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0",
    "-o",
    "/cache/pulumi",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  ]);
  expect(listArgs(TOOLS.pulumi)).toEqual([
    "list",
    "-deps",
    "-tags=osusergo,grpcnotrace",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  ]);
});

test("a commit of MinIO is named as MinIO names its releases", () => {
  expect(TOOLS.minio).toEqual({
    version: "RELEASE.2026-02-12T20-18-48Z",
    package: "github.com/minio/minio",
    module: "v0.0.0-20260212201848-7aac2a2c5b7c",
    variables: {
      "github.com/minio/minio/cmd.Version": "2026-02-12T20:18:48Z",
      "github.com/minio/minio/cmd.ReleaseTag": "RELEASE.2026-02-12T20-18-48Z",
      "github.com/minio/minio/cmd.CommitID": "7aac2a2c5b7c",
      "github.com/minio/minio/cmd.ShortCommitID": "7aac2a2c5b7c",
      "github.com/minio/minio/cmd.CopyrightYear": "2026",
    },
    versionArgs: ["--version"],
  });
});

test.each(names)("the wrapper module of %s requires the pinned version", (name) => {
  const { package: path, module }: ToolPin = TOOLS[name];
  const required = readFileSync(join(moduleFolder(name), "go.mod"), "utf8").match(/^require (\S+) (\S+)$/m) ?? [];
  expect(required[2]).toBe(module);
  expect(`${path}/`).toContain(`${required[1]}/`);
  expect(readFileSync(join(moduleFolder(name), "tools.go"), "utf8")).toContain(`import _ "${path}"`);
});

test("the pinned Go is the highest that a wrapper module asks for", () => {
  const asked = names.map((name) => readFileSync(join(moduleFolder(name), "go.mod"), "utf8").match(/^go (.+)$/m)?.[1]);
  expect(asked.sort().at(-1)).toBe(GO);
});

test("pins and package.json agree", () => {
  const { dependencies, engines } = manifest;
  expect(engines.node).toBe(`^${NODE}`);
  expect(TOOLS.pulumi.version).toBe(dependencies["@pulumi/pulumi"]);
  for (const [name, version] of Object.entries(PROVIDERS))
    expect([name, version]).toEqual([name, dependencies[`@pulumi/${name as keyof typeof PROVIDERS}`]]);
});

test("a tool's folder names tool, version and recipe", () => {
  expect(toolHome("mc")).toMatch(/\/tools\/mc-RELEASE\.2025-03-13T08-02-18Z-[0-9a-f]{16}$/);
  expect(toolPath("mc")).toBe(join(toolHome("mc"), "mc"));
  expect(new Set(names.map((name) => recipeHash(name, ROOT))).size).toBe(names.length);
});
