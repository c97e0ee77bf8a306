// An address from the environment: taken as it is on this machine, refused without verification beyond it.
import { expect, test } from "vitest";
import { fromUrl } from "./database";

test.each([
  "postgresql://app@localhost/postgres",
  "postgresql://app@127.0.0.1:6432/postgres",
  "postgresql://app:secret@db.example.org/postgres?sslmode=verify-full",
])("%s is used", (url) => {
  expect(fromUrl(url)).toEqual({ connectionString: url });
});

test.each([
  ["postgresql://app:tr0ub4dor@db.example.org/postgres", "none"],
  ["postgresql://app:tr0ub4dor@db.example.org/postgres?sslmode=require", "require"],
  ["postgresql://app:tr0ub4dor@localhost.example.org/postgres?sslmode=no-verify", "no-verify"],
  ["postgresql://app:tr0ub4dor@127.0.0.1.example.org/postgres", "none"],
])("%s is refused, and not repeated", (url, mode) => {
  const refused = () => fromUrl(url);
  expect(refused).toThrow(`GROUNDWORK_DATABASE_URL: sslmode: must be verify-full beyond this machine, got ${mode}`);
  expect(refused).not.toThrow("tr0ub4dor");
});
