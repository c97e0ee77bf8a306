// The edge: the one way in, only over TLS 1.3, with limits for every address and nothing to administrate.
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seconds } from "../../lib/units";
import { dockerRig, stackContainers } from "../docker-rig";
import { allReady, type Copy, output, specOf, type Visitor } from "../rig";
import { ask, askPlainly, edgeAgent, forgetLimits, hostOf } from "./edge";

const rig = dockerRig();
const { publish, limits } = rig.environment;
const [traefik] = rig.copies("traefik") as [Copy];

beforeAll(() => allReady(rig, ["traefik", "minio"]), 90_000);

test("only traefik opens ports, and only on this machine's loopback", async () => {
  const opened = (await stackContainers(rig.environment.stack)).flatMap(({ Name, HostConfig }) =>
    Object.values((HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string; HostPort: string }[]>)
      .flat()
      .map(({ HostIp, HostPort }) => `${Name.slice(1)} ${HostIp}:${HostPort}`),
  );
  const ports = [publish.http, publish.https, publish.postgres, publish.postgresReplicas];
  expect(opened.sort()).toEqual(
    ports.map((port) => `groundwork-${rig.environment.stack}-traefik-0 127.0.0.1:${port}`).sort(),
  );
});

test("http only redirects to https", async () => {
  const { status, headers } = await askPlainly(rig, "storage", "/some/path?query=1");
  expect([status, headers.location]).toEqual([
    301,
    `https://${hostOf(rig, "storage")}:${publish.https}/some/path?query=1`,
  ]);
});

test("answers carry HSTS and the security headers, and do not name the server", async () => {
  const { headers } = await ask(rig, await edgeAgent(rig), "storage", "/");
  expect(headers).toMatchObject({
    "strict-transport-security": expect.stringMatching(/^max-age=\d{8,}; includeSubDomains/),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
    "permissions-policy": expect.any(String),
  });
  expect([headers.server, headers["x-powered-by"]]).toEqual([undefined, undefined]);
});

describe("TLS", () => {
  const handshake = (options: object) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: publish.address, port: publish.https, ...options }, () => {
        resolve(socket.getProtocol() ?? "none");
        socket.destroy();
      });
      socket.once("error", reject);
    });

  test("is 1.3, and its chain holds for the host", async () => {
    const ca = await rig.authority();
    expect(await handshake({ ca, servername: hostOf(rig, "storage") })).toBe("TLSv1.3");
  });

  test.each([
    ["TLS 1.2", { maxVersion: "TLSv1.2" }, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"],
    ["an unknown host name", { servername: "example.org" }, "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"],
  ])("refuses %s", async (_, change, code) => {
    const ca = await rig.authority();
    await expect(handshake({ ca, servername: hostOf(rig, "storage"), ...change })).rejects.toMatchObject({ code });
  });

  test("is not trusted by who does not know our CA", async () => {
    await expect(handshake({ servername: hostOf(rig, "storage") })).rejects.toThrow(/certificate|self.signed/);
  });
});

describe("administration", () => {
  test.each([
    ["traefik", "/dashboard/"],
    ["traefik", "/api/rawdata"],
    ["minio", "/"],
    ["storage", "/minio/admin/v3/info"],
    ["storage", "/minio/health/live"],
    ["storage", "/minio/v2/metrics/cluster"],
    ["storage", "/api/rawdata"],
    ["storage", "/dashboard/"],
    ["storage", "/metrics"],
    ["storage", "/ping"],
  ])("is not reached at %s%s", async (route, path) => {
    const { status, body } = await ask(rig, await edgeAgent(rig), route, path);
    // S3 answers for what could be a bucket; everything else has no route.
    expect(status).toBe(route === "storage" && !path.startsWith("/minio/") ? 403 : 404);
    expect(body).not.toMatch(/routers|prometheus|dashboard\.js|mode/i);
  });

  test("listens on no other port than those published and that of metrics", async () => {
    const tables = await output(traefik, ["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
    const listening = [...tables.matchAll(/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F:]+ 0A /gm)]
      .filter(([, address]) => address !== "0100007F" && address !== "0B00007F")
      .map(([, , port]) => Number.parseInt(port as string, 16));
    expect([...new Set(listening)].sort()).toEqual(Object.values(specOf(rig, "traefik").ports).sort());
  });
});

describe("limits", () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await rig.visitor("edge");
    await forgetLimits(rig);
  }, 90_000);

  afterAll(async () => {
    await visitor.remove();
    await forgetLimits(rig);
  }, 90_000);

  const statuses = async (count: number, method: string) => {
    const agent = await edgeAgent(rig);
    const found: number[] = [];
    const body = method === "PUT" ? { body: "x" } : {};
    for (let i = 0; i < count; i++)
      found.push((await ask(rig, agent, "storage", `/limit/${i}`, { method, ...body })).status);
    return found;
  };
  const refused = (times: number) => Array.from({ length: times }, () => 429);
  const allowed = (times: number) => Array.from({ length: times }, () => 403);

  test("uploads beyond the limit are answered 429, downloads are not", async () => {
    const { requests } = limits.upload;
    expect(await statuses(requests + 3, "PUT")).toEqual([...allowed(requests), ...refused(3)]);
    expect(await statuses(1, "GET")).toEqual([403]);
  });

  test("requests beyond the general limit are answered 429 with the time to wait, and only to that address", async () => {
    await forgetLimits(rig);
    const { requests, per } = limits.general;
    expect(await statuses(requests + 3, "GET")).toEqual([...allowed(requests), ...refused(3)]);
    const { headers } = await ask(rig, await edgeAgent(rig), "storage", "/");
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(seconds(per));
    expect(headers["strict-transport-security"]).toBeDefined();

    const { websecure } = specOf(rig, "traefik").ports;
    await output(visitor, ["sh", "-c", "cat > /tmp/authority.pem"], { input: await rig.authority() });
    const status = await output(visitor, [
      ...["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--cacert", "/tmp/authority.pem"],
      ...["--connect-to", `::traefik:${websecure}`, `https://${hostOf(rig, "storage")}/`],
    ]);
    expect(status).toBe("403");
  }, 60_000);
});
