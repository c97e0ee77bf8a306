// What becomes of each kind of reference, and that no secret passes for plain text.
import { expect, test } from "vitest";
import { certificate, endpoint, file, peers, secret, self, text } from "../catalogue/spec";
import { flatten, flattenPlain, isSecret, type Resolver } from "./flatten";

const resolver: Resolver = {
  address: ({ service, ref }) =>
    (ref === "peers" ? ["0", "1"] : [""]).map((n) => ({
      name: `${service}-${n}`,
      host: `${service}${n}.host`,
      port: 99,
    })),
  self: ({ what }) => (typeof what === "object" ? what.port : what),
};

test("references become addresses, paths and names; neighbouring text is one piece", () => {
  const value = text`a=${endpoint("etcd", "client")} b=${endpoint("etcd", "client", "host")} c=${endpoint("etcd", "client", "port")} d=${file("x")} e=${self("name")}`;
  expect(flatten(value, resolver)).toEqual(["a=etcd.host:99 b=etcd.host c=99 d=/etc/groundwork/x e=name"]);
});

test("peers are written by their format", () => {
  const members = peers("etcd", "peer", { format: "{name}=https://{host}:{port}", separator: " " });
  expect(flatten(members, resolver)).toEqual(["etcd-0=https://etcd0.host:99 etcd-1=https://etcd1.host:99"]);
});

test("secrets stay references, and mark what holds them", () => {
  const pieces = flatten(text`password=${secret("redis")}\n`, resolver);
  expect([pieces, isSecret(pieces)]).toEqual([["password=", secret("redis"), "\n"], true]);
});

test("a certificate is public, its key is not", () => {
  const kinds = (["certificate", "key"] as const).map((part) =>
    isSecret(flatten(certificate("minio", part), resolver)),
  );
  expect(kinds).toEqual([false, true]);
});

test("plain text never holds a secret", () => {
  expect(() => flattenPlain(secret("redis"), resolver)).toThrow("check.ts must refuse it");
});
