// Supabase's own services as their users meet them, through Traefik and gateway: accounts, tokens and files under row-level security.
// A stack that lacks one says so in the names of what did not run.
// Long because accounts, files and images are asked for by the same people and keys.
import { randomBytes, randomUUID } from "node:crypto";
import type { Agent } from "node:https";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingImage } from "../../catalogue/images";
import { bytes } from "../../lib/units";
import { allReady, type Rig } from "../rig";
import { whole } from "./cluster";
import { type Answer, ask, edgeAgent, forgetLimits } from "./edge";
import { asSuperuser, migrations, withClient } from "./sql";

const SERVICES = { auth: "gotrue", storage: "storage-api", imgproxy: "imgproxy" } as const;
type Optional = keyof typeof SERVICES;

/** Every scenario of the services whose images a stack may lack. */
export function supabaseServicesScenarios(rig: Rig): void {
  const present = (Object.keys(SERVICES) as Optional[]).filter((name) =>
    rig.services.some((service) => service.name === name),
  );
  /** Declares scenarios that need these services, or why they do not run. */
  const withServices = (title: string, needed: readonly Optional[], scenarios: () => void) => {
    const lacking = needed.find((name) => !present.includes(name));
    if (lacking === undefined) return describe(title, scenarios);
    const reason = missingImage(SERVICES[lacking], rig.environment) ?? "it is left out";
    return describe.skip(`${title} (not run: ${lacking} is not part of this stack, ${reason})`, scenarios);
  };

  let agent: Agent;
  let keys: Readonly<Record<"publishable" | "secret", string>>;
  const people: { readonly id: string; readonly email: string; readonly password: string }[] = [];

  beforeAll(async () => {
    if (present.length === 0) return;
    await allReady(rig, ["traefik", "gateway", ...present]);
    agent = await edgeAgent(rig);
    keys = { publishable: await rig.secret("publishable-key"), secret: await rig.secret("secret-key") };
    await forgetLimits(rig);
  }, 120_000);

  afterAll(async () => {
    for (const { id } of people) await api("DELETE", `/auth/v1/admin/users/${id}`, { as: "secret" });
    agent?.destroy();
  });

  interface Asked {
    readonly as?: keyof typeof keys | "nobody";
    /** A user's token; without one the key speaks for itself. */
    readonly token?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  }

  async function api(method: string, path: string, { as = "publishable", token, body, headers }: Asked = {}) {
    const raw = typeof body === "string" || Buffer.isBuffer(body);
    return ask(rig, agent, "api", path, {
      method,
      headers: {
        ...(as !== "nobody" && { apikey: keys[as] }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": raw ? "text/plain" : "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
    });
  }

  const read = <T>({ status, body }: Answer): T => {
    if (status >= 300) throw new Error(`${status}: ${body}`);
    return JSON.parse(body) as T;
  };

  async function person() {
    const [email, password] = [`${randomUUID()}@example.org`, `Aa1!${randomBytes(16).toString("hex")}`];
    const body = { email, password, email_confirm: true };
    const { id } = read<{ id: string }>(await api("POST", "/auth/v1/admin/users", { as: "secret", body }));
    people.push({ id, email, password });
    return { id, email, password };
  }
  const signIn = (email: string, password: string) =>
    api("POST", "/auth/v1/token?grant_type=password", { body: { email, password } });
  interface Session {
    readonly access_token: string;
    readonly refresh_token: string;
  }
  async function session() {
    const who = await person();
    return { ...who, ...read<Session>(await signIn(who.email, who.password)) };
  }

  withServices("accounts", ["auth"], () => {
    test("who signs in gets a token that the published keys verify, and may renew it once", async () => {
      const { email, access_token, refresh_token } = await session();
      const [header] = access_token.split(".").map((part) => Buffer.from(part, "base64url").toString());
      const { keys: published } = read<{ keys: { kid: string; d?: string }[] }>(
        await api("GET", "/auth/v1/.well-known/jwks.json", { as: "nobody" }),
      );
      expect(published.map(({ kid }) => kid)).toContain(JSON.parse(header as string).kid);
      expect(published.filter(({ d }) => d !== undefined)).toEqual([]);
      expect(read(await api("GET", "/auth/v1/user", { token: access_token }))).toMatchObject({ email });
      const renewed = read<Session>(
        await api("POST", "/auth/v1/token?grant_type=refresh_token", { body: { refresh_token } }),
      );
      expect(renewed.refresh_token).not.toBe(refresh_token);
    });

    test("a key opens nothing that is not its own", async () => {
      expect((await api("GET", "/auth/v1/admin/users", { as: "publishable" })).status).toBe(403);
      expect((await api("GET", "/auth/v1/settings", { as: "nobody" })).status).toBe(401);
      expect((await api("GET", "/auth/v1/metrics", { as: "secret" })).status).toBe(404);
    });

    test("failed sign-ins lock out an account, the right password included", async () => {
      const { failures } = rig.environment.auth.lockout;
      const { email, password } = await person();
      for (let i = 0; i < failures; i++) {
        if (i % rig.environment.limits.auth.requests === 0) await forgetLimits(rig);
        expect((await signIn(email, "wrong")).status).toBeGreaterThanOrEqual(400);
      }
      await forgetLimits(rig);
      const { status, body } = await signIn(email, password);
      expect([status, body]).toEqual([expect.any(Number), expect.stringContaining("Too many failed attempts")]);
      expect(status).toBeGreaterThanOrEqual(400);
    }, 120_000);
  });

  withServices("files", ["auth", "storage"], () => {
    const bucket = `scenario-${randomUUID()}`;
    let owner: Awaited<ReturnType<typeof session>>;
    let other: typeof owner;

    beforeAll(async () => {
      await forgetLimits(rig);
      owner = await session();
      other = await session();
      read(await api("POST", "/storage/v1/bucket", { as: "secret", body: { id: bucket, name: bucket } }));
      const own = `bucket_id = '${bucket}' AND (storage.foldername(name))[1] = auth.uid()::text`;
      await withClient(await migrations(rig), (client) =>
        client.query(
          `CREATE POLICY "${bucket}" ON storage.objects TO authenticated USING (${own}) WITH CHECK (${own})`,
        ),
      );
    }, 120_000);
    afterAll(async () => {
      await api("POST", `/storage/v1/bucket/${bucket}/empty`, { as: "secret" });
      await api("DELETE", `/storage/v1/bucket/${bucket}`, { as: "secret" });
      await withClient(await migrations(rig), (client) =>
        client.query(`DROP POLICY IF EXISTS "${bucket}" ON storage.objects`),
      );
    });

    const file = (name: string) => `${bucket}/${owner.id}/${name}`;
    const upload = (name: string, token: string, body = "of the owner") =>
      api("POST", `/storage/v1/object/${file(name)}`, { token, body });

    test("are written and read by their owner, and by nobody else", async () => {
      read(await upload("a.txt", owner.access_token));
      const get = (asked: Asked) => api("GET", `/storage/v1/object/authenticated/${file("a.txt")}`, asked);
      expect((await get({ token: owner.access_token })).body).toBe("of the owner");
      for (const asked of [{ token: other.access_token }, {}, { as: "nobody" }] as const) {
        const { status, body } = await get(asked);
        expect([status, body]).toEqual([400, expect.not.stringContaining("of the owner")]);
      }
      const intruded = await upload("b.txt", other.access_token);
      expect([intruded.status, intruded.body]).toEqual([400, expect.stringContaining("row-level security")]);
    });

    test("are read without a key by a signed address, which opens nothing else", async () => {
      read(await upload("signed.txt", owner.access_token));
      const sign = (token: string) =>
        api("POST", `/storage/v1/object/sign/${file("signed.txt")}`, { token, body: { expiresIn: 60 } });
      const { signedURL } = read<{ signedURL: string }>(await sign(owner.access_token));
      const get = (path: string) => api("GET", `/storage/v1${path}`, { as: "nobody" });
      expect((await get(signedURL)).body).toBe("of the owner");
      expect((await get(signedURL.replace("signed.txt", "a.txt"))).status).toBe(400);
      expect((await sign(other.access_token)).status).toBe(400);
    });

    test("beyond a user's volume of the day are refused", async () => {
      const leader = await whole(rig);
      const uploaded = `UPDATE limits.uploads SET bytes = ${bytes(rig.environment.storage.dailyUpload)} WHERE person = '${owner.id}' RETURNING 1`;
      read(await upload("counted.txt", owner.access_token));
      expect((await asSuperuser(leader, uploaded)).split("\n")[0]).toBe("1");
      const { status, body } = await upload("beyond.txt", owner.access_token);
      expect([status, body]).toEqual([400, expect.stringContaining("uploaded in one day")]);
    });
  });

  withServices("images", ["auth", "storage", "imgproxy"], () => {
    const bucket = `scenario-${randomUUID()}`;
    afterAll(async () => {
      await api("POST", `/storage/v1/bucket/${bucket}/empty`, { as: "secret" });
      await api("DELETE", `/storage/v1/bucket/${bucket}`, { as: "secret" });
    });

    test("are made in the size that is asked for", async () => {
      read(await api("POST", "/storage/v1/bucket", { as: "secret", body: { id: bucket, name: bucket, public: true } }));
      const headers = { "content-type": "image/png" };
      read(await api("POST", `/storage/v1/object/${bucket}/a.png`, { as: "secret", body: png(400, 300), headers }));
      const path = `/storage/v1/render/image/public/${bucket}/a.png?width=100&height=75`;
      const { status, body } = await api("GET", path, { as: "nobody", headers: { accept: "image/png" } });
      // Where a PNG says its size there is nothing that reading it as text would change.
      const size = Buffer.from(body).toString("latin1").split("IHDR")[1]?.slice(0, 8);
      expect([status, size]).toEqual([200, "\0\0\0\x64\0\0\0\x4b"]);
    });
  });
}

/** A black picture. */
function png(width: number, height: number): Buffer {
  const number = (value: number) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(value);
    return four;
  };
  const chunk = (type: string, data: Buffer) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    return Buffer.concat([number(data.length), content, number(crc32(content))]);
  };
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", Buffer.concat([number(width), number(height), Buffer.from([8, 0, 0, 0, 0])])),
    chunk("IDAT", deflateSync(Buffer.alloc((width + 1) * height))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
