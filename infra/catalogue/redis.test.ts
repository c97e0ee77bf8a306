// Redis' specs: TLS, passwords and persistence as its configuration states them, and who keeps several servers one.
import { expect, test } from "vitest";
import { redis } from "./redis";
import { file, type ServiceSpec, secret, textParts } from "./spec";

/** A delivered file as lines, references by their names. */
const linesOf = (spec: ServiceSpec, name: string) =>
  textParts(spec.files[name] ?? "")
    .map((part) => {
      if (typeof part === "string") return part;
      return part.ref === "file" ? file(part.name).name : `<${"name" in part ? part.name : part.ref}>`;
    })
    .join("")
    .trimEnd()
    .split("\n");

const [spec] = redis() as [ServiceSpec];
const settings = linesOf(spec, "valkey.conf");
const [sentinel, member, proxy] = redis({ copies: 3 }) as [ServiceSpec, ServiceSpec, ServiceSpec];

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

test("clients have a password and no administrative commands, and who reads statistics sees no key", () => {
  expect(settings[0]).toBe("include users.conf");
  expect(spec.files["users.conf"]).toEqual([
    "user default on >",
    secret("redis"),
    " ~* &* +@all -@admin +client|list\nuser exporter on >",
    secret("redis-exporter"),
    " resetkeys -@all +ping +info +client|setname +slowlog|len +slowlog|get +latency|latest +latency|histogram\n",
  ]);
});

test("one server needs nothing that chooses between several", () => {
  expect(redis().map(({ name }) => name)).toEqual(["redis"]);
  expect(redis({ copies: 2 }).map(({ name, copies }) => [name, copies])).toEqual([
    ["redis-sentinel", 3],
    ["redis", 2],
    ["redis-proxy", 2],
  ]);
});

test("a primary that lost its replicas stops writing only where another replica was left", () => {
  const stops = (copies: number) =>
    redis({ copies }).map((each) => linesOf(each, "valkey.conf").includes("min-replicas-to-write 1"));
  expect([stops(1), stops(2), stops(3)]).toEqual([[false], [false, false, false], [false, true, false]]);
});

test("each login of a replicated server has a password of its own and no right to data but the clients'", () => {
  expect(linesOf(member, "users.conf").map((line) => line.split(" ").slice(0, 5).join(" "))).toEqual([
    "user default on ><redis> ~*",
    "user exporter on ><redis-exporter> resetkeys",
    "user sentinel on ><redis-sentinel> resetkeys",
    "user replica on ><redis-replication> resetkeys",
    "user proxy on ><redis-proxy> resetkeys",
    "masteruser replica",
    "masterauth <redis-replication>",
  ]);
});

test("two sentinels of three decide, by what they agreed on last", () => {
  expect(linesOf(sentinel, "sentinel.conf")).toContain("@monitor@ 2");
  expect(Object.keys(sentinel.volumes)).toEqual(["data"]);
});

test("the proxy looks servers up by the name that DNS knows them by, and verifies the one in their certificates", () => {
  expect(
    textParts(proxy.files["haproxy.cfg"] ?? "").flatMap((part) =>
      typeof part === "object" && part.ref === "peers" ? part.format : [],
    ),
  ).toEqual([`  server {name} {host}"\${DNS_SUFFIX}":{port} check-sni {host} verifyhost {host}`]);
  expect(proxy.args).toEqual(["/bin/sh", file("start")]);
});

test("the proxy leads to the server that says it is primary", () => {
  expect(linesOf(proxy, "haproxy.cfg").map((line) => line.trim())).toEqual(
    expect.arrayContaining(["tcp-check expect string role:master", 'tcp-check send "AUTH proxy <redis-proxy>\\r\\n"']),
  );
  expect(proxy.routesRolesOf).toEqual({ service: "redis", roles: { primary: "primary" } });
});
