// Balancing over copies, asked of a real Traefik and a real Envoy: browsers stay with one, and what fails is left out.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/paths";
import { installTool, toolPath } from "../../tools/toolchain";
import { freePort, type RunningEnvoy, type Seen, selfSigned, startEnvoy } from "../testing/envoy";
import { type GatewayKeys, gatewayKeys, resolved } from "../testing/gateway-rig";
import { until } from "../testing/rig";
import { yamlText } from "./config-text";
import { RATE_LIMIT_PLUGIN } from "./limits";
import { FILES, service } from "./spec";
import { dynamicConfiguration } from "./traefik-routes";

describe("Traefik, before the copies of a page's service", () => {
  const folder = mkdtempSync(join(tmpdir(), "traefik-"));
  const frozen = new Set<number>();
  let copies: readonly Server[];
  let traefik: ChildProcess;
  let port: number;

  beforeAll(async () => {
    await installTool("traefik", () => undefined);
    copies = await Promise.all([0, 1].map(page));
    port = await freePort();
    writeFileSync(join(folder, "authority.pem"), (await selfSigned()).pem);
    writeFileSync(join(folder, "dynamic.yml"), dynamic());
    writeFileSync(join(folder, "traefik.yml"), fixed());
    // Where the plugins lie that the configuration names.
    const cwd = join(ROOT, "images/traefik");
    traefik = spawn(toolPath("traefik"), [`--configFile=${folder}/traefik.yml`], { cwd, stdio: "ignore" });
    await until("Traefik", 30, async () => (await get()).status === 200);
  }, 180_000);

  afterAll(async () => {
    traefik?.kill("SIGKILL");
    for (const server of copies ?? []) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** One copy: it tells which one it is, unless it is frozen. */
  async function page(copy: number): Promise<Server> {
    const server = createServer((_, answer) => {
      if (!frozen.has(copy)) answer.end(String(copy));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  function dynamic(): string {
    const spec = service("minio", {
      purpose: "test",
      shape: "stateful",
      image: "minio",
      copies: 2,
      resources: { cpu: 1, memory: "1 GiB", processes: 1 },
      networks: ["app"],
      ports: { console: 1 },
      routes: [
        {
          ...{ host: "minio", port: "console", entry: "https", protocol: "http", admin: true, limits: [] },
          ...{ health: "/health", affinity: true },
        },
      ],
    });
    const limit = { requests: 10_000, per: "1 hours" } as const;
    const configuration = dynamicConfiguration({
      domain: "example.org",
      limits: { general: limit, auth: limit, upload: limit },
      admin: { allow: ["127.0.0.0/8"] },
      services: [spec],
    });
    const addresses = copies.map((server, i) => ({
      name: `minio-${i}`,
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
    }));
    const places = { secrets: {}, certificate: () => "", address: () => addresses };
    return resolved(yamlText(configuration), places).replaceAll(FILES, folder);
  }

  function fixed(): string {
    return JSON.stringify({
      entryPoints: { websecure: { address: `127.0.0.1:${port}` }, metrics: { address: "127.0.0.1:0" } },
      metrics: { prometheus: { entryPoint: "metrics", manualRouting: true } },
      api: {},
      providers: { file: { filename: join(folder, "dynamic.yml"), watch: false } },
      experimental: { localPlugins: { [RATE_LIMIT_PLUGIN]: { moduleName: "groundwork/ratelimit" } } },
    });
  }

  async function get(cookie?: string): Promise<{ status: number; copy: string; cookie: string | null }> {
    const headers = { host: "minio.example.org", ...(cookie !== undefined && { cookie }) };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const signal = AbortSignal.timeout(2_000);
      request({ host: "127.0.0.1", port, headers, signal, agent: false }, resolve).once("error", reject).end();
    });
    const [set = null] = answer.headers["set-cookie"] ?? [];
    return { status: answer.statusCode ?? 0, copy: await text(answer), cookie: set };
  }
  const several = async (count: number, cookie?: string) => {
    const answers = [];
    for (let i = 0; i < count; i++) answers.push(await get(cookie));
    return answers;
  };

  test("a browser stays with one copy, by a cookie that scripts and other sites never see", async () => {
    const first = await get();
    expect(first.cookie).toMatch(/^minio-copy=\w+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const cookie = first.cookie?.split(";")[0] as string;
    expect(new Set((await several(10, cookie)).map(({ copy }) => copy))).toEqual(new Set([first.copy]));
  });

  test("others are spread over all of them", async () => {
    expect(new Set((await several(10)).map(({ copy }) => copy))).toEqual(new Set(["0", "1"]));
  });

  test("a copy that dies is left out at once; its own browsers move on with its next check; it is used again when it is back", async () => {
    const first = await get();
    const dying = copies[Number(first.copy)] as Server;
    const other = first.copy === "0" ? "1" : "0";
    const { port: own } = dying.address() as AddressInfo;
    dying.close();
    dying.closeAllConnections();
    const after = await several(10);
    expect(after.map(({ status, copy }) => [status, copy])).toEqual(after.map(() => [200, other]));
    await until("its browser at the other", 15, async () => (await get(first.cookie?.split(";")[0])).copy === other);
    await new Promise<void>((resolve) => dying.listen(own, "127.0.0.1", resolve));
    await until("both copies", 30, async () => new Set((await several(4)).map(({ copy }) => copy)).size === 2);
  }, 60_000);

  test("a copy that no longer answers is left out by its health", async () => {
    frozen.add(0);
    try {
      await until("the other copy alone", 30, async () => (await several(6)).every(({ copy }) => copy === "1"));
    } finally {
      frozen.delete(0);
    }
    await until("both copies", 30, async () => new Set((await several(4)).map(({ copy }) => copy)).size === 2);
  }, 90_000);
});

describe("the gateway's Envoy, before the copies of a service", () => {
  let keys: GatewayKeys;
  let envoy: RunningEnvoy;
  beforeAll(async () => {
    keys = await gatewayKeys();
    const many = { requests: 100_000, per: "1 hours" } as const;
    envoy = await startEnvoy(keys, { limits: { user: many, costly: many } }, ["rest"], undefined, undefined, 2);
  }, 180_000);
  afterAll(() => envoy?.stop());

  const answers = async (count: number) => {
    const found: (number | string)[] = [];
    for (let i = 0; i < count; i++) {
      const { status, text } = await envoy.ask({
        path: "/rest/v1/todos",
        headers: { apikey: keys.secrets["anon-key"] ?? "" },
      });
      found.push(status === 200 ? (JSON.parse(text) as Seen).copy : `answered ${status}`);
    }
    return [...new Set(found)].sort();
  };

  test("requests go to all of them; one that dies is left out without a refusal, and used again when it is back", async () => {
    await until("both copies", 30, async () => (await answers(6)).length === 2);
    const back = envoy.kill("rest", 0);
    expect(await answers(30)).toEqual([1]);
    await back();
    await until("both copies", 30, async () => (await answers(6)).join() === "0,1");
  }, 90_000);
});
