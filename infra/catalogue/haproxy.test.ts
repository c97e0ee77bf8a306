// HAProxy's spec: two ports that follow Patroni's roles, verified over TLS.
import { expect, test } from "vitest";
import { haproxy } from "./haproxy";
import { file, peers, textParts } from "./spec";

const spec = haproxy({ maxConnections: 100 });
const parts = textParts(spec.files["haproxy.cfg"] ?? "");
const lines = parts
  .map((part) => (typeof part === "string" ? part : part.ref === "file" ? `<${part.name}>` : `<${part.ref}>`))
  .join("")
  .split("\n")
  .map((line) => line.trim());
const section = (title: string) => {
  const start = lines.indexOf(title);
  return lines.slice(start + 1, lines.indexOf("", start) === -1 ? undefined : lines.indexOf("", start));
};

test("each role of Postgres has a port of its own", () => {
  expect(spec.routesRolesOf).toEqual({ service: "postgres", roles: { primary: "primary", replica: "replica" } });
  expect(spec.ports).toEqual({ primary: 5000, replica: 5001, metrics: 8405 });
});

test("it asks each member's Patroni for the role", () => {
  expect(section("backend primary")).toEqual([
    "balance roundrobin",
    "option httpchk OPTIONS /primary",
    "http-check expect status 200",
    "timeout check 2s",
    "<peers>",
  ]);
  expect(section("backend replica")).toContain("option httpchk OPTIONS /replica");
  expect(parts.filter((part) => typeof part !== "string" && part.ref === "peers")).toEqual(
    Array(2).fill(
      peers("postgres", "sql", {
        format: "  server {name} {host}:{port} check-sni {host} verifyhost {host}",
        separator: "\n",
      }),
    ),
  );
});

test("the answer counts only with a certificate of the private CA", () => {
  expect(parts).toContainEqual(file("authority.pem"));
  expect(lines).toContain(
    "default-server check port 8008 check-ssl verify required ca-file <authority.pem> ssl-min-ver TLSv1.3",
  );
});

test("reads fall back to the primary, and no session outlives the role of its member", () => {
  expect(section("frontend replica").slice(-2)).toEqual([
    "use_backend replica if { nbsrv(replica) gt 0 }",
    "default_backend primary",
  ]);
  expect(lines.filter((line) => line.endsWith("on-marked-down shutdown-sessions"))).toHaveLength(1);
});

test("nothing but metrics and readiness can be asked of it", () => {
  expect(lines.filter((line) => /stats|admin/.test(line))).toEqual([]);
  expect(section("frontend metrics")).toEqual([
    "mode http",
    "bind :8405",
    "timeout client 10s",
    "monitor-uri /ready",
    "http-request use-service prometheus-exporter if { path /metrics }",
  ]);
});
