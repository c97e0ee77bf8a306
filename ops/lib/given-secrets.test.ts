// What is refused as a secret, and what a stack file looks like with one and without it again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { GivenSecretName } from "../../infra/environment";
import { stackFile } from "../../infra/stack-file";
import { STACKS } from "../../infra/testing/stack-context";
import { ROOT } from "../../tools/paths";
import { valueProblems, withoutSecret, withSecret } from "./given-secrets";

const facts = (name: GivenSecretName, value: string) => valueProblems(name, value).map(({ fact }) => fact);

test.each([
  ["smtp-password", "", ["got nothing on standard input"]],
  ["smtp-password", "q7R-zB", ["must have 8 characters or more, got 6"]],
  ["smtp-password", "two words 17", ["must be one line without spaces"]],
  ["smtp-password", "first\nsecond", ["must be one line without spaces"]],
  ["openai-key", "pk-7d1c9a53e8b24f60aa91", ["must begin with sk-"]],
  ["smtp-password", "q7R-zB.41mKw", []],
  ["slack-webhook", "https://hooks.slack.com/services/T01ABCDEF/B02GHIJKL/q7RzB41mKw", []],
] as const)("%s, given %j: %j", (name, value, expected) => {
  expect(facts(name, value)).toEqual(expected);
});

test.each([
  "your-smtp-password-here",
  "changeme-changeme",
  "change-this-value",
  "super-secret-password",
  "example-value-123",
  "aaaaaaaaaaaaaaaa",
  "<client secret>",
  "$" + "{GOOGLE_SECRET}",
  "test-client-secret",
])("%j is nobody's secret, and is not repeated", (value) => {
  const problems = valueProblems("google-client-secret", value);
  expect(problems.map(({ fact }) => fact)).toContain("is a placeholder or a demo value, which everybody knows");
  expect(JSON.stringify(problems)).not.toContain(value);
});

const ENCRYPTED = { secure: "v1:encrypted", encryption: { encryptionsalt: "v1:salt" } };
const source = `# What this stack is.
config:
  groundwork:platform: docker # not kubernetes
  groundwork:minio: {nodes: 4, drives: 1, parity: 2}
`;

test("a secret is added to a stack file, and nothing else in it changes", () => {
  expect(withSecret(source, "smtp-password", ENCRYPTED)).toBe(`${source}  groundwork:secrets:
    smtp-password:
      secure: ${ENCRYPTED.secure}
encryptionsalt: v1:salt
`);
});

test("the last secret of a machine's own stack takes the salt with it, of another stack it does not", () => {
  const two = withSecret(withSecret(source, "smtp-password", ENCRYPTED), "openai-key", ENCRYPTED);
  const one = withoutSecret(two, "openai-key", { withoutSalt: true });
  expect(one).toBe(withSecret(source, "smtp-password", ENCRYPTED));
  expect(withoutSecret(one, "smtp-password", { withoutSalt: true })).toBe(source);
  expect(withoutSecret(one, "smtp-password", { withoutSalt: false })).toBe(`${source}encryptionsalt: v1:salt\n`);
});

test.each(STACKS)("the file of stack %s comes back as it was", (stack) => {
  const file = readFileSync(join(ROOT, stackFile(stack)), "utf8");
  const changed = withSecret(file, "smtp-password", ENCRYPTED);
  expect(withoutSecret(changed, "smtp-password", { withoutSalt: true })).toBe(file);
});
