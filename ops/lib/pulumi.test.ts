// The environment in which the Pulumi CLI runs, for local and for shared stacks.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { PRIVATE } from "../../tools/paths";
import { pulumiEnvironment, pulumiVariables } from "./pulumi";

const state = `${pathToFileURL(join(PRIVATE, "state")).href}?metadata=skip`;
const bin = join(PRIVATE, "bin");

test("keeps the local stack in this checkout, whatever the shell says", () => {
  const shell = { PATH: "/bin", PULUMI_BACKEND_URL: "s3://other", PULUMI_CONFIG_PASSPHRASE: "other", HOME: "/home/me" };
  expect(pulumiEnvironment("local", shell)).toEqual({
    HOME: "/home/me",
    PATH: `${bin}:/bin`,
    PULUMI_HOME: join(PRIVATE, "pulumi"),
    PULUMI_BACKEND_URL: state,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(PRIVATE, "passphrase"),
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_SUPPRESS_NEO_LINK: "true",
    NODE_COMPILE_CACHE: join(PRIVATE, "compile-cache"),
  });
});

test("uses the shell's backend and passphrase for stacks that are shared", () => {
  const shell = { PATH: "/bin", PULUMI_BACKEND_URL: "s3://ours", PULUMI_CONFIG_PASSPHRASE: "ours" };
  const { set, unset } = pulumiVariables("prod", shell);
  expect([set.PULUMI_BACKEND_URL, set.PULUMI_CONFIG_PASSPHRASE_FILE, unset]).toEqual(["s3://ours", undefined, []]);
});

test("puts its own programs first on PATH, once", () => {
  const path = pulumiVariables("local", { PATH: `/bin:${bin}:/usr/bin` }).set.PATH;
  expect(path).toBe(`${bin}:/bin:/usr/bin`);
});
