// The object store: readable and writable with a node gone, whole after it returns, and each user kept to its buckets.
import { randomBytes, randomUUID } from "node:crypto";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BACKUPS, buckets, declaration, storageBucket } from "../../catalogue/buckets";
import { usableCapacity } from "../../catalogue/minio";
import { FILES } from "../../catalogue/spec";
import { allReady, type Copy, output, type Rig, specOf, until, type Visitor } from "../rig";
import { ask, edgeAgent, s3Client } from "./edge";
import { type Store, storeAs } from "./store";

/** mc, again when it could not even look the name up: on a machine at its limit that says nothing about the object store. */
const MC = `f=$(mktemp); in=/dev/null; trap 'rm -f "$f"*' EXIT
patient() {
  for try in 1 2 3 4 5; do
    mc --no-color "$@" < "$in" 2> "$f.why" && return
    grep -q 'lookup .* i/o timeout' "$f.why" || return 1
  done
  return 1
}`;
/** Stores 640 KiB of chance and prints their hash. */
const WRITE = `set -eu; ${MC}
head -c 655360 /dev/urandom > "$f"; in=$f
patient --quiet pipe "$1" > /dev/null || { cat "$f.why" >&2; exit 1; }
sha256sum < "$f"`;
/** Prints the hash of an object; if it cannot be read, why. */
const READ = `${MC}
if patient cat "$1" > "$f"; then sha256sum < "$f"; else cat "$f.why"; fi`;

/** What clients of the object store may count on, with all of its nodes and without some. */
export function minioScenarios(rig: Rig): void {
  const bucket = storageBucket(rig.environment.stack);
  const declared = buckets({ environment: rig.environment.stack, capacity: usableCapacity(rig.environment.minio) });
  const nodes = rig.copies("minio");
  /** Prefix of this run's objects. */
  const own = `scenario-${randomUUID()}`;
  let visitor: Visitor;
  let root: Store;
  let storage: Store;
  let backup: Store;

  beforeAll(async () => {
    visitor = await rig.visitor("app");
    root = await storeAs(rig, visitor, "root");
    storage = await storeAs(rig, visitor, "storage");
    backup = await storeAs(rig, visitor, "backup");
    await settled();
  }, 200_000);

  afterAll(async () => {
    await root.done(["rm", "--recursive", "--force", "--versions", "--bypass", `store/${bucket}/${own}/`]);
    await visitor.remove();
  });

  /** Resolves once every node is ready and has found every other again, so that what is written lies on all. */
  async function settled(): Promise<void> {
    await allReady(rig, ["minio"], 90);
    await until("each node to find the drives of enough others", 90, async () => {
      const health = `https://localhost:${specOf(rig, "minio").ports.api}/minio/health/cluster`;
      const answers = await Promise.all(
        nodes.map((node) => node.exec(["curl", "--silent", "--fail", "--cacert", `${FILES}/CAs/ca.crt`, health])),
      );
      return answers.every(({ code }) => code === 0);
    });
    await until("writes that reach every node", 90, async () => {
      const written = await write(`settled-${randomUUID()}`, nodes.length);
      const missing = await Promise.all(nodes.map((node) => missingOn(node, written)));
      return missing.flat().length === 0;
    });
  }

  /** An object's key and what it holds. */
  interface Written {
    readonly key: string;
    readonly digest: string;
  }

  /**
   * Writes objects large enough to be spread over the drives, rather than kept inside their metadata. Their content is made and
   * hashed where the client runs: what a channel to it loses of a large answer would look like damage.
   */
  async function write(prefix: string, count: number): Promise<readonly Written[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const key = `${own}/${prefix}/${i}`;
        const digest = await storage.shell(WRITE, [`store/${bucket}/${key}`]);
        return { key, digest };
      }),
    );
  }

  /** The keys whose objects are not read back as they were written, with what was said or read instead. */
  async function damaged(written: readonly Written[]): Promise<readonly string[]> {
    const found = await Promise.all(
      written.map(async ({ key, digest }) => {
        const read = await storage.shell(READ, [`store/${bucket}/${key}`]);
        return read === digest ? [] : [`${key}: ${read}`];
      }),
    );
    return found.flat();
  }

  /** The keys of which `node` keeps no part. */
  async function missingOn(node: Copy, written: readonly Written[]): Promise<readonly string[]> {
    const listed = await output(node, ["find", `/data1/${bucket}/${own}`, "-name", "xl.meta"]);
    return written.map(({ key }) => key).filter((key) => !listed.includes(`/${bucket}/${key}/xl.meta`));
  }

  test("an object written at the edge is read at the edge", async () => {
    const client = await s3Client(rig, "storage");
    const key = `${own}/edge`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "from outside" }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    expect(await Body?.transformToString()).toBe("from outside");
  });

  test("nobody reads without signing in", async () => {
    expect((await ask(rig, await edgeAgent(rig), "storage", `/${bucket}/${own}/edge`)).status).toBe(403);
  });

  test("with one node stopped objects are read and written, and the node is whole once it is back", async () => {
    const [first, away, ...others] = nodes as [Copy, Copy, ...Copy[]];
    const before = await write("before", 5);
    let during: readonly Written[] = [];
    await away.stop();
    try {
      expect(await damaged(before)).toEqual([]);
      during = await write("during", 5);
      expect(await damaged(during)).toEqual([]);
      const client = await s3Client(rig, "storage");
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${own}/degraded`, Body: "still" }));
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${own}/degraded` }));
      expect(await Body?.transformToString()).toBe("still");
    } finally {
      await away.start();
    }
    await allReady(rig, ["minio"]);
    const started = performance.now();
    await until("the returned node to have a part of every object", 90, async () => {
      expect(await missingOn(away, [...before, ...during])).toEqual([]);
      return true;
    });
    console.log(`minio: whole ${((performance.now() - started) / 1000).toFixed(1)} s after the node was ready again`);
    // Half of the drives are needed: with only two nodes left, one of them the one that was away, its parts are read.
    const gone = rig.environment.minio.parity >= 2 ? [first, ...others.slice(1)] : [first];
    await Promise.all(gone.map((node) => node.stop()));
    try {
      await until("every object whole", 30, async () => (await damaged([...before, ...during])).length === 0);
    } finally {
      await Promise.all(gone.map((node) => node.start()));
      await settled();
    }
  }, 300_000);

  describe("what buckets.ts declares holds", () => {
    test.each(declared.buckets.map((each) => [each.name, each] as const))("of bucket %s", async (name, expected) => {
      const json = async (...args: string[]) => JSON.parse(await root.done(["--json", ...args, `store/${name}`]));
      expect((await json("version", "info")).versioning.status).toBe(expected.versioning ? "Enabled" : "");
      expect((await json("quota", "info")).quota).toBe(expected.quota);
      const rules = JSON.parse(await root.done(["ilm", "rule", "export", `store/${name}`]));
      const { buckets: all } = declaration(declared) as { buckets: { name: string; lifecycle: { Rules: object[] } }[] };
      expect(rules.Rules).toHaveLength(all.find((each) => each.name === name)?.lifecycle.Rules.length ?? 0);
      expect((await json("anonymous", "get")).permission).toBe(expected.access);
      const retention = await root.mc(["--json", "retention", "info", "--default", `store/${name}`]);
      expect(retention.stdout.includes('"mode":"GOVERNANCE"')).toBe(expected.lock !== undefined);
    });

    test("there are no other buckets and no other users", async () => {
      const lines = async (...args: string[]) =>
        (await root.done(["--json", ...args])).split("\n").map((line) => JSON.parse(line));
      const found = (await lines("ls", "store")).map(({ key }) => key.replace(/\/$/, ""));
      expect(found.sort()).toEqual(declared.buckets.map(({ name }) => name).sort());
      const users = (await lines("admin", "user", "ls", "store")).map(({ accessKey }) => accessKey);
      expect(users.sort()).toEqual(declared.users.map(({ name }) => name).sort());
    });

    test("what lies on the drives is encrypted", async () => {
      const marker = randomBytes(16).toString("hex").repeat(64);
      await storage.done(["--quiet", "pipe", `store/${bucket}/${own}/marker`], { input: marker });
      const stat = JSON.parse(await root.done(["--json", "stat", `store/${bucket}/${own}/marker`]));
      expect(stat.metadata["X-Amz-Server-Side-Encryption"]).toBe("AES256");
      for (const node of nodes) {
        // A write is acknowledged once most drives have it; the last one may have it a little later.
        await until(`${node.name} has its part`, 60, async () => {
          return (await node.exec(["test", "-e", `/data1/${bucket}/${own}/marker/xl.meta`])).code === 0;
        });
        const { code } = await node.exec(["grep", "--recursive", "--quiet", marker.slice(0, 32), `/data1/${bucket}`]);
        expect(code, `${node.name} keeps it in clear`).toBe(1);
      }
    });
  });

  describe("a user stays within its grants", () => {
    test("storage writes its bucket and no other", async () => {
      expect((await storage.mc(["ls", `store/${bucket}`])).code).toBe(0);
      for (const attempt of [
        ["ls", `store/${BACKUPS}`],
        ["mb", "store/another"],
        ["rb", "--force", `store/${bucket}`],
        ["version", "suspend", `store/${bucket}`],
        ["anonymous", "set", "download", `store/${bucket}`],
        ["admin", "info", "store"],
        ["admin", "user", "ls", "store"],
      ])
        expect((await storage.mc(attempt)).code, attempt.join(" ")).not.toBe(0);
      expect((await storage.mc(["pipe", `store/${BACKUPS}/${own}`], { input: "no" })).code).not.toBe(0);
    });

    test("storage cannot remove a version for good", async () => {
      const path = `store/${bucket}/${own}/kept`;
      await storage.done(["--quiet", "pipe", path], { input: "kept" });
      await storage.done(["rm", path]);
      expect((await storage.mc(["rm", "--versions", "--force", path])).code).not.toBe(0);
      const versions = (await root.done(["--json", "ls", "--versions", path]))
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(versions.some(({ isDeleteMarker }) => isDeleteMarker !== true)).toBe(true);
    });

    test("backup writes its own bucket and only reads the other", async () => {
      const path = `store/${bucket}/${own}/read`;
      await storage.done(["--quiet", "pipe", path], { input: "to be backed up" });
      expect(await backup.done(["cat", path])).toBe("to be backed up");
      expect((await backup.mc(["pipe", `store/${bucket}/${own}/no`], { input: "no" })).code).not.toBe(0);
      expect((await backup.mc(["rm", path])).code).not.toBe(0);
      const kept = `store/${BACKUPS}/${own}`;
      await backup.done(["--quiet", "pipe", kept], { input: "a backup" });
      expect(await backup.done(["cat", kept])).toBe("a backup");
      await root.done(["rm", "--force", "--versions", "--bypass", kept]);
    });

    test("a wrong secret key is refused", async () => {
      const { code, stderr, stdout } = await visitor.exec(["mc", "ls", "store"], {
        env: {
          MC_HOST_store: `https://storage:wrong@${rig.host("minio")}:${specOf(rig, "minio").ports.api}`,
          SSL_CERT_FILE: "/tmp/authority.pem",
        },
      });
      expect([code, stderr + stdout]).toEqual([1, expect.stringMatching(/signature/i)]);
    });
  });
}
