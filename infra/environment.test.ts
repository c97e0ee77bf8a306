// Stack values: what is refused, in which words, and what the defaults are. Full texts, because users read them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configValues, parseEnvironment, readStackFile, stackValues } from "./environment";
import { refusal } from "./testing/refusal";

const valid = { platform: "docker", domain: "example.org" };
const cluster = { platform: "kubernetes", kubernetes: { context: "test", apiServer: { ranges: ["192.0.2.1/32"] } } };

test("fills in every default", () => {
  // Those of the Supabase services have tests of their own, in values/.
  const { auth, rest, realtime, storage, imgproxy, functions, studio, ...others } = parseEnvironment("test", valid);
  for (const section of [auth, rest, realtime, storage, imgproxy, functions, studio]) expect(section.copies).toBe(1);
  expect(others).toEqual({
    stack: "test",
    given: [],
    digests: "preferred",
    platform: "docker",
    domain: "example.org",
    images: "build",
    ownImages: {},
    protect: true,
    publish: {
      address: "127.0.0.1",
      http: 8080,
      https: 8443,
      postgres: 5432,
      postgresReplicas: 5433,
      databases: "public",
    },
    etcd: { members: 1 },
    postgres: { members: 1, synchronous: true, storage: "10 GiB", maxConnections: 500 },
    migrations: "migrations",
    redis: { copies: 1, storage: "1 GiB" },
    monitoring: {
      metrics: { retention: "30 days", storage: "10 GiB" },
      logs: { retention: "30 days", storage: "10 GiB" },
    },
    minio: { nodes: 1, drives: 1, parity: 0, storage: "10 GiB" },
    traefik: { copies: 1 },
    tls: { issuer: "private", server: "https://acme-v02.api.letsencrypt.org/directory" },
    limits: {
      general: { requests: 100, per: "15 minutes" },
      auth: { requests: 5, per: "15 minutes" },
      upload: { requests: 20, per: "1 hours" },
      user: { requests: 600, per: "1 minutes" },
      costly: { requests: 60, per: "1 minutes" },
    },
    gateway: { implementation: "envoy", copies: 1 },
    admin: { allow: [] },
  });
});

test("ten kinds of wrong values give every problem in one error, with path, value and hint", () => {
  expect(
    refusal({
      platform: "podman", // not one of the choices
      // domain: required and absent
      protect: "yes", // another type
      publish: { address: "localhost", https: 70_000 }, // not an address; beyond the largest
      postgres: { members: 2.5, storage: "10GB" }, // not whole; unit unknown
      postgress: { members: 3 }, // unknown at the top
      etcd: { members: 4 }, // valid alone, wrong for its purpose
      minio: { nodes: 4, parity: 4 }, // contradicts another value
      redis: null, // no mapping
      limits: { auth: { requests: 0, per: "15 minutes", burst: 2 } }, // below the smallest; unknown below
      admin: { allow: ["10.0.0.0"] }, // wrong element of a list
    }),
  ).toBe(`stacks/Pulumi.test.yaml: platform: must be docker or kubernetes, got "podman"
  hint: docker runs the stack on one host, kubernetes on a cluster, e.g. "docker"
stacks/Pulumi.test.yaml: domain: must be given
  hint: services are reached at <service>.<domain>, e.g. "example.org"
stacks/Pulumi.test.yaml: protect: must be true or false, got "yes"
  hint: true keeps stateful resources: \`down\` leaves them and \`up\` cannot delete them, e.g. true
stacks/Pulumi.test.yaml: publish/address: must be an IP address, got "localhost"
  hint: address of this host to listen on; 0.0.0.0 opens the ports to everyone, e.g. "127.0.0.1"
stacks/Pulumi.test.yaml: publish/https: must be 65535 or less, got 70000
  hint: a free port of the host for HTTPS, e.g. 8443
stacks/Pulumi.test.yaml: postgres/members: must be a whole number, got 2.5
  hint: members of the cluster, one of them primary; with 2 or more the loss of one is survived, e.g. 2
stacks/Pulumi.test.yaml: postgres/storage: must be a size with its unit (KiB, MiB, GiB, TiB), got "10GB"
  hint: data volume of each member, e.g. "10 GiB"
stacks/Pulumi.test.yaml: redis: must be a mapping of names to values, got null
  hint: cache, sessions and queues
stacks/Pulumi.test.yaml: limits/auth/requests: must be 1 or more, got 0
  hint: how many requests one address may make, e.g. 5
stacks/Pulumi.test.yaml: limits/auth/burst: is not a known value
  hint: the names known here: requests, per
stacks/Pulumi.test.yaml: admin/allow/0: must be an address range in CIDR form, got "10.0.0.0"
  hint: address ranges that may open dashboards and consoles, e.g. ["10.8.0.0/16"]
stacks/Pulumi.test.yaml: postgress: is not a known value
  hint: the names known here: ${Object.keys(stackValues.shape).join(", ")}
stacks/Pulumi.test.yaml: etcd/members: must be odd, got 4
  hint: use 3, which survives as many losses, or 5, which survives one more
stacks/Pulumi.test.yaml: minio/parity: must be at most half of an erasure set of 4 drives, got 4
  hint: EC:4 needs 8 drives or more`);
});

describe("values that contradict each other", () => {
  test("published ports must differ, each named with the one it repeats", () => {
    expect(refusal({ ...valid, publish: { http: 443, https: 443, postgres: 6000, postgresReplicas: 6000 } })).toBe(
      `stacks/Pulumi.test.yaml: publish/https: must differ from publish/http, got 443 for both
  hint: give every published port a number of its own
stacks/Pulumi.test.yaml: publish/postgresReplicas: must differ from publish/postgres, got 6000 for both
  hint: give every published port a number of its own`,
    );
  });

  test("a day's uploads hold at least one of the largest files", () => {
    expect(refusal({ ...valid, storage: { fileSize: "50 MiB", dailyUpload: "49 MiB" } })).toBe(
      `stacks/Pulumi.test.yaml: storage/dailyUpload: must be storage/fileSize, which is 50 MiB, or more, got 49 MiB
  hint: raise it, or lower storage/fileSize: nobody could upload the largest file`,
    );
  });

  test("synchronous commits that are asked for need a replica; the default does not insist", () => {
    expect(refusal({ ...valid, postgres: { members: 1, synchronous: true } })).toBe(
      `stacks/Pulumi.test.yaml: postgres/synchronous: must be false where postgres/members is 1, got true
  hint: use 2 members or more: a commit needs a replica to wait for`,
    );
    expect(refusal({ ...valid, postgres: { members: 1 } })).toBe("accepted");
    expect(refusal({ ...valid, postgres: { members: 2, synchronous: true } })).toBe("accepted");
  });

  test("a store that the platform replaces cannot be configured", () => {
    expect(refusal({ ...valid, ...cluster, etcd: { members: 3 } })).toBe(
      `stacks/Pulumi.test.yaml: etcd: is not used where platform is kubernetes
  hint: remove it: Patroni elects its leader through the Kubernetes API`,
    );
  });

  test.each([
    [{ nodes: 1, drives: 1, parity: 0 }, "accepted"],
    [{ nodes: 4, drives: 1, parity: 2 }, "accepted"],
    [{ nodes: 4, drives: 2, parity: 4 }, "accepted"],
    [{ nodes: 4, drives: 4, parity: 8 }, "accepted"],
    [
      { nodes: 1, drives: 1, parity: 1 },
      `stacks/Pulumi.test.yaml: minio/parity: must be at most half of an erasure set of 1 drive, got 1
  hint: EC:1 needs 2 drives or more`,
    ],
    [
      { nodes: 11, drives: 2, parity: 6 },
      `stacks/Pulumi.test.yaml: minio/parity: must be at most half of an erasure set of 11 drives, got 6
  hint: EC:6 needs 12 drives or more`,
    ],
    [
      { nodes: 17, drives: 1, parity: 2 },
      `stacks/Pulumi.test.yaml: minio/drives: must divide into equal erasure sets of 2 to 16, got 17 in all
  hint: take a number of drives with such a divisor`,
    ],
  ])("drives and parity %j", (minio, expected) => {
    expect(refusal({ ...valid, minio })).toBe(expected);
  });
});

test("a size of nothing or less than nothing is no size", () => {
  for (const storage of ["0 GiB", "0.0 GiB", "-1 GiB", " 1 GiB"])
    expect(refusal({ ...valid, redis: { storage } })).toContain("redis/storage: must be a size with its unit");
  expect(refusal({ ...valid, redis: { storage: "0.5 GiB" } })).toBe("accepted");
  expect(refusal({ ...valid, redis: { copies: 3 } })).toContain("redis/copies: must be 1 on docker, got 3");
});

test("an encrypted value is never repeated", () => {
  expect(refusal({ ...valid, domain: { secure: "v1:abc" } })).toBe(
    `stacks/Pulumi.test.yaml: domain: must be a host name without scheme, port or path, got [REDACTED]
  hint: services are reached at <service>.<domain>, e.g. "example.org"`,
  );
});

describe("a stack file", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "groundwork-stack-"));
    mkdirSync(join(root, "stacks"));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const read = (source: string) => {
    writeFileSync(join(root, "stacks", "Pulumi.x.yaml"), source);
    return () => readStackFile(root, "x");
  };

  test("gives its groundwork values without the namespace, and leaves others to their owners", () => {
    expect(read("config:\n  groundwork:domain: a.b\n  docker:host: unix:///x\n")()).toEqual({ domain: "a.b" });
  });

  test("without values is empty", () => {
    expect(read("encryptionsalt: v1:x\n")()).toEqual({});
    expect(read("")()).toEqual({});
  });

  test.each([
    [
      "config:\n  platform: docker\n",
      "stacks/Pulumi.x.yaml: platform: has no namespace\n  hint: write it as groundwork:platform",
    ],
    [
      "config: docker\n",
      "stacks/Pulumi.x.yaml: config: must be a mapping\n  hint: write config: and below it groundwork:platform: docker",
    ],
    [
      'config:\n  groundwork:a: 1\n  groundwork:a: "v1:secret"\n',
      "stacks/Pulumi.x.yaml:3: is not YAML (duplicate_key)\n  hint: mind indentation and colons",
    ],
  ])("%j is refused", (source, message) => {
    expect(read(source)).toThrow(message);
  });

  test("that does not exist, or cannot be a stack's, says what to do", () => {
    expect(() => readStackFile(root, "absent")).toThrow(
      "stacks/Pulumi.absent.yaml: does not exist\n  hint: copy stacks/Pulumi.local.yaml and change its ports",
    );
    expect(() => readStackFile(root, "../x")).toThrow(
      'stack: must be 1 to 32 lowercase letters, digits and hyphens, a letter first, got "../x"\n  hint: choose a name such as local or staging',
    );
  });
});

test("the engine passes values as strings; what is JSON is read as such", () => {
  expect(
    configValues(
      {
        "groundwork:domain": "a.b",
        "groundwork:protect": "false",
        "groundwork:etcd": '{"members":3}',
        "x:y": "1",
      },
      [],
    ),
  ).toEqual({ domain: "a.b", protect: false, etcd: { members: 3 } });
});

test.each([
  [{ issuer: "acme" }, "tls/email: is needed where tls/issuer is acme"],
  [{ issuer: "secret" }, "tls/issuer: secrets that others keep exist on kubernetes only"],
])("a certificate issuer that cannot work is refused: %o", (tls, problem) => {
  expect(refusal({ ...valid, tls })).toContain(problem);
});

test("copies of the edge cannot share one ACME account", () => {
  const tls = { issuer: "acme", email: "ops@example.org" };
  expect(refusal({ ...valid, tls, traefik: { copies: 2 } })).toContain(
    "tls/issuer: must not be acme where traefik/copies",
  );
});
