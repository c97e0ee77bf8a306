// etcd's spec: its members find each other, and nobody gets in without a certificate.
import { expect, test } from "vitest";
import { etcd } from "./etcd";
import { certificate, exec, file, peers, self, text } from "./spec";

const spec = etcd({ members: 3 });

test("every member knows all of them by name", () => {
  expect(spec.copies).toBe(3);
  expect(spec.env.ETCD_NAME).toEqual(self("name"));
  expect(spec.env.ETCD_INITIAL_CLUSTER).toEqual(peers("etcd", "peer", { format: "{name}=https://{host}:{port}" }));
  expect(spec.env.ETCD_ADVERTISE_CLIENT_URLS).toEqual(text`https://${self("host")}:${self({ port: "client" })}`);
});

test("clients and members show a certificate of the private CA, over TLS 1.3", () => {
  expect(spec.env).toMatchObject({
    ETCD_CLIENT_CERT_AUTH: "true",
    ETCD_TRUSTED_CA_FILE: file("authority.pem"),
    ETCD_PEER_CLIENT_CERT_AUTH: "true",
    ETCD_PEER_TRUSTED_CA_FILE: file("authority.pem"),
    ETCD_TLS_MIN_VERSION: "TLS1.3",
  });
  expect(spec.files).toEqual({
    "authority.pem": certificate("authority", "certificate"),
    "etcd.pem": certificate("etcd", "certificate"),
    "etcd.key": certificate("etcd", "key"),
  });
});

test("a member is ready when the cluster answers through it", () => {
  expect(spec.ready).toEqual(exec("etcdctl", "endpoint", "health"));
});

test("its data stays inside its volume and below its quota", () => {
  expect(spec.volumes.data?.mount).toBe("/var/lib/etcd");
  expect(spec.env).toMatchObject({ ETCD_DATA_DIR: "/var/lib/etcd/data", ETCD_QUOTA_BACKEND_BYTES: "134217728" });
});
