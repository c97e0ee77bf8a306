// MinIO's spec: drives, addresses and erasure sets, and what is refused.
import { expect, test } from "vitest";
import { minio, usableCapacity } from "./minio";
import { peers } from "./spec";

const ARGS = {
  nodes: 4,
  drives: 1,
  parity: 2,
  storage: "10 GiB",
  environment: "staging",
  domain: "example.org",
  httpsPort: 443,
} as const;
const server = (changes: Partial<Parameters<typeof minio>[0]> = {}) => minio({ ...ARGS, ...changes })[0];

test("several nodes are told every drive of every node", () => {
  expect(server({ drives: 2 })?.env.MINIO_VOLUMES).toEqual(
    peers("minio", "api", {
      format: "https://{host}:{port}/data1 https://{host}:{port}/data2",
      separator: " ",
    }),
  );
  expect(server({ drives: 2 })?.volumes).toEqual({
    data1: { mount: "/data1", size: "10 GiB" },
    data2: { mount: "/data2", size: "10 GiB" },
  });
});

test("a single node is told its paths, and one drive alone has nothing to be healed from", () => {
  expect(server({ nodes: 1, drives: 2, parity: 1 })?.env.MINIO_VOLUMES).toBe("/data1 /data2");
  expect(minio({ ...ARGS, nodes: 1, parity: 0 }).map(({ name }) => name)).toEqual(["minio", "minio-setup"]);
  expect(minio(ARGS).map(({ name }) => name)).toEqual(["minio", "minio-setup", "minio-heal"]);
});

test.each([
  [0, "EC:0"],
  [1, "EC:1"],
  [2, "EC:1"],
  [4, "EC:2"],
])("parity %i leaves %s for reduced redundancy", (parity, reduced) => {
  const env = server({ drives: 2, parity })?.env;
  expect([env?.MINIO_STORAGE_CLASS_STANDARD, env?.MINIO_STORAGE_CLASS_RRS]).toEqual([`EC:${parity}`, reduced]);
});

test("people are sent to the port at which Traefik is published", () => {
  expect(server()?.env.MINIO_BROWSER_REDIRECT_URL).toBe("https://minio.example.org");
  expect(server({ httpsPort: 8443 })?.env.MINIO_BROWSER_REDIRECT_URL).toBe("https://minio.example.org:8443");
  expect(server({ httpsPort: 8443 })?.env.MINIO_API_CORS_ALLOW_ORIGIN).toBe("https://app.example.org:8443");
});

test("the root password is delivered to the servers and the setup job, and to nothing else", () => {
  const holders = minio(ARGS).filter(({ files }) => JSON.stringify(files).includes('"minio-root"'));
  expect(holders.map(({ name }) => name)).toEqual(["minio", "minio-setup"]);
});

test("capacity is what parity leaves", () => {
  expect(usableCapacity(ARGS)).toBe(20 * 2 ** 30);
  expect(usableCapacity({ nodes: 4, drives: 4, parity: 4, storage: "10 GiB" })).toBe(120 * 2 ** 30);
});

test("parity that the drives cannot hold is refused", () => {
  expect(() => minio({ ...ARGS, parity: 4 })).toThrow(/^minio\/parity: /);
});
