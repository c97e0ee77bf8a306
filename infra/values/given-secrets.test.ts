// Given secrets: an environment knows their names, and no way leads a clear value into it or into an error.
import { expect, test } from "vitest";
import { configValues, parseEnvironment } from "../environment";
import { refusal } from "../testing/refusal";
import { GIVEN_SECRETS } from "./given-secrets";

const valid = { platform: "docker", domain: "example.org" };
const values = (secrets: unknown) => ({ ...valid, secrets });

test("an environment keeps the names of those that are set", () => {
  const file = values({ "smtp-password": { secure: "v1:abc" } });
  expect(parseEnvironment("test", file).given).toEqual(["smtp-password"]);
  expect(JSON.stringify(parseEnvironment("test", file))).not.toContain("v1:");
});

test("from the engine, clear as it passes them, no value gets through", () => {
  const config = { "groundwork:secrets": '{"smtp-password":"hunter22"}', "groundwork:domain": "a.b" };
  const read = configValues(config, ["groundwork:secrets"]);
  expect(read).toEqual({ secrets: { "smtp-password": { secure: "" } }, domain: "a.b" });
  expect(parseEnvironment("test", { ...read, platform: "docker" }).given).toEqual(["smtp-password"]);
});

test("a clear value is refused and not repeated, a name that nothing reads as well", () => {
  expect(
    refusal(values({ "smtp-password": "hunter22", "openai-key": { secure: 12_345 }, colour: "hunter22" })),
  ).toBe(`stacks/Pulumi.test.yaml: secrets/smtp-password: must be encrypted: clear values have no place in a stack file, got [REDACTED]
  hint: password at the mail server; written by ./groundwork secret set smtp-password
stacks/Pulumi.test.yaml: secrets/openai-key/secure: must be text, got [REDACTED]
stacks/Pulumi.test.yaml: secrets/colour: is not a known value
  hint: the names known here: ${Object.keys(GIVEN_SECRETS).join(", ")}`);
  expect(refusal(values("hunter22"))).not.toContain("hunter22");
});
