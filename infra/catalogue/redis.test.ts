// Redis' spec: TLS, password and persistence as its configuration states them.
import { expect, test } from "vitest";
import { redis } from "./redis";
import { file, secret, textParts } from "./spec";

const spec = redis();
const settings = textParts(spec.files["valkey.conf"] ?? "")
  .map((part) => (typeof part === "string" ? part : part.ref === "file" ? file(part.name).name : part.ref))
  .join("")
  .trimEnd()
  .split("\n");

test("it listens with TLS 1.3 alone", () => {
  expect(spec.args.slice(2, 5)).toEqual(["--port", "0", "--tls-port"]);
  expect(settings).toContain('tls-protocols "TLSv1.3"');
});

test("every write is kept, and none is forgotten for room", () => {
  expect(settings).toEqual(expect.arrayContaining(["appendonly yes", "maxmemory-policy noeviction"]));
});

test("data takes at most half of the container's memory, since a rewrite can double it", () => {
  expect(settings).toContain(`maxmemory ${256 * 2 ** 20}`);
  expect(spec.resources).toEqual({ cpu: 0.25, memory: "512 MiB", processes: 128 });
});

test("the one user has a password and no administrative commands", () => {
  expect(settings[0]).toBe("include users.conf");
  expect(spec.files["users.conf"]).toEqual([
    "user default on >",
    secret("redis"),
    " ~* &* +@all -@admin +client|list\n",
  ]);
});
