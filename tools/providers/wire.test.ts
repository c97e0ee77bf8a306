// Secrets and unknown values as they travel between engine and provider.
import { expect, test } from "vitest";
import { asSecret, hasSecret, hasUnknown, redactor, reveal, UNKNOWN } from "./wire";

const UNKNOWN_NUMBER = "3eeb2bf0-c639-47a8-9e75-3b44932eb421";

test("reveal opens secrets at any depth and drops what is absent", () => {
  const sent = { plain: 1, none: null, list: [asSecret("a"), { inner: asSecret({ deep: asSecret(true) }) }] };
  expect(reveal(sent)).toEqual({ plain: 1, list: ["a", { inner: { deep: true } }] });
});

test("reveal knows the unknown values of every type as one", () => {
  expect(reveal({ count: UNKNOWN_NUMBER, list: [UNKNOWN] })).toEqual({ count: UNKNOWN, list: [UNKNOWN] });
});

test("a secret inside a secret is one secret", () => {
  expect(asSecret(asSecret("a"))).toEqual(asSecret("a"));
});

test("hasSecret and hasUnknown look at every depth, inside secrets too", () => {
  expect(hasSecret({ a: [{ b: asSecret(1) }] })).toBe(true);
  expect(hasSecret({ a: [{ b: 1 }] })).toBe(false);
  expect(hasUnknown({ a: asSecret(UNKNOWN_NUMBER) })).toBe(true);
  expect(hasUnknown({ a: asSecret("known") })).toBe(false);
});

test("redactor hides whole secrets, and the passwords in a secret file", () => {
  const file = 'user = "app"\npassword = "fR7mQ2xW9pLz4KtB8sVn"\n';
  const redact = redactor({ uploads: [{ content: asSecret(file) }], token: asSecret("s3cret"), image: "postgres" });
  expect(redact("login with fR7mQ2xW9pLz4KtB8sVn failed for user app of postgres: s3cret")).toBe(
    "login with [REDACTED] failed for user app of postgres: [REDACTED]",
  );
});

test("redactor leaves short secrets: hiding them would garble the text", () => {
  expect(redactor({ flag: asSecret("on") })("turned on")).toBe("turned on");
});
