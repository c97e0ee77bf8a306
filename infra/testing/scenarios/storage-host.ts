// The host of stored files, as a browser meets it: whose pages may read it, and what an uploaded page may do there.
import { randomUUID } from "node:crypto";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, expect, test } from "vitest";
import { storageBucket } from "../../catalogue/buckets";
import { allReady, type Rig } from "../rig";
import { ask, edgeAgent, s3Client } from "./edge";

/** What browsers may do at `storage.<domain>`. */
export function storageHostScenarios(rig: Rig): void {
  const bucket = storageBucket(rig.environment.stack);
  const own = `scenario-${randomUUID()}`;

  beforeAll(() => allReady(rig, ["traefik", "minio"], 90), 120_000);

  test("pages of the listed origin may read and write objects, others may not", async () => {
    const agent = await edgeAgent(rig);
    const app = `https://app.${rig.environment.domain}:${rig.environment.publish.https}`;
    const preflight = async (origin: string) =>
      (
        await ask(rig, agent, "storage", `/${bucket}/${own}/page`, {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "PUT",
            "access-control-request-headers": "content-type",
          },
        })
      ).headers;
    expect((await preflight(app))["access-control-allow-origin"]).toBe(app);
    expect(await preflight("https://evil.example.net")).not.toHaveProperty("access-control-allow-origin");
    agent.destroy();
  });

  test("an uploaded page runs nothing, whatever its uploader called it", async () => {
    const client = await s3Client(rig, "storage");
    let headers: Readonly<Record<string, string>> = {};
    client.middlewareStack.add(
      (next) => async (given) => {
        const result = await next(given);
        headers = (result.response as { headers: Record<string, string> }).headers;
        return result;
      },
      { step: "deserialize" },
    );
    const page = { Bucket: bucket, Key: `${own}/page.html` };
    await client.send(new PutObjectCommand({ ...page, Body: "<script>1</script>", ContentType: "text/html" }));
    await client.send(new GetObjectCommand(page));
    // The page is alone on a host that has neither pages nor cookies, and may not run even there.
    expect(headers).toMatchObject({
      "content-type": "text/html",
      "content-security-policy": expect.stringMatching(/default-src 'none'.*sandbox$/),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    expect(headers).not.toHaveProperty("set-cookie");
    await client.send(new DeleteObjectCommand(page));
    client.destroy();
  });
}
