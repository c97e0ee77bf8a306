// Monitoring from end to end: every place with metrics answers Prometheus, and what a container writes is found in Loki.
// Long because all of it looks at one running stack through the same two questions, to Prometheus and to Loki.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FILES, type Metrics, type ServiceSpec } from "../../catalogue/spec";
import { dockerRig, engine, stackContainers } from "../docker-rig";
import { allReady, type Copy, output, specOf, until, type Visitor } from "../rig";

const rig = dockerRig();
const { stack } = rig.environment;
const AUTHORITY = "/tmp/authority.pem";
const MINUTE = 60_000;
let inside: Visitor;

beforeAll(async () => {
  inside = await rig.visitor("app");
  await output(inside, ["sh", "-c", `cat > ${AUTHORITY}`], { input: await rig.authority() });
}, MINUTE);

afterAll(() => inside.remove());

/** The one copy of a service of which there is one. */
function only(service: ServiceSpec["name"]): Copy {
  const [copy] = rig.copies(service);
  if (copy === undefined) throw new Error(`${service} is not part of this stack`);
  return copy;
}

/** What a server inside answers, as JSON. */
async function askInside<T>(service: ServiceSpec["name"], path: string): Promise<T> {
  const { http } = specOf(rig, service).ports;
  const url = `https://${service}:${http}${path}`;
  return JSON.parse(await output(inside, ["curl", "--silent", "--fail", "--globoff", "--cacert", AUTHORITY, url]));
}

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

describe("metrics", () => {
  /** Every target that the catalogue asks for, as `job of copy`, with what tells several of one copy apart. */
  const wanted = rig.services.flatMap(({ name, copies, metrics }) =>
    metrics.flatMap(({ job = name, shared, asks }) => {
      if (asks !== undefined)
        return asks.flatMap(({ service, labels }) =>
          rig.copies(service).map((copy) => [job, copy.name, ...Object.values(labels)].join(" ")),
        );
      return shared
        ? [`${job} of ${name}`]
        : Array.from({ length: copies }, (_, i) => [job, rig.copies(name)[i]?.name].join(" "));
    }),
  );

  test(
    "every target of the catalogue is up, and there is no other",
    async () => {
      const targets = await until("every target is up", 60, async () => {
        const { data } = await askInside<{ data: { activeTargets: readonly Target[] } }>(
          "prometheus",
          "/api/v1/targets?state=active",
        );
        const unwell = data.activeTargets.filter(({ health }) => health !== "up");
        if (unwell.length > 0)
          throw new Error(
            unwell.map(({ labels, lastError }) => `${labels.job} ${labels.copy}: ${lastError}`).join("; "),
          );
        return data.activeTargets;
      });
      const found = targets.map(({ labels: { job, service, copy, route, port } }) =>
        copy === undefined ? `${job} of ${service}` : [job, copy, ...[route ?? port ?? []].flat()].join(" "),
      );
      expect(found.sort()).toEqual([...wanted].sort());
      expect(new Set(targets.map(({ labels }) => labels.stack))).toEqual(new Set([stack]));
    },
    2 * MINUTE,
  );

  const value = async (query: string) => {
    const { data } = await askInside<{ data: { result: readonly { value: readonly [number, string] }[] } }>(
      "prometheus",
      `/api/v1/query?query=${encodeURIComponent(query)}`,
    );
    return data.result.map(({ value: [, number] }) => Number(number));
  };

  test.each([
    ["every Postgres member lets the exporter in", "pg_up"],
    ["every Redis server lets the exporter in", "redis_up"],
    ["every pooler lets its exporter in", "pgbouncer_up"],
    ["every route answers, every certificate holds", "probe_success"],
  ])(
    "%s",
    async (_, metric) => {
      await until(`${metric} is 1 everywhere`, 60, async () => {
        const [values, unwell] = [await value(metric), await value(`${metric} == 0`)];
        return values.length > 0 && unwell.length === 0;
      });
    },
    2 * MINUTE,
  );

  test.each([
    "pg_stat_replication_pg_wal_lsn_diff",
    "pg_replication_lag_seconds",
    "pg_stat_statements_calls_total",
    "minio_cluster_health_status",
    "minio_node_drive_free_bytes",
    "redis_memory_used_bytes",
    "node_memory_MemAvailable_bytes",
    'node_filesystem_avail_bytes{mountpoint="/"}',
    "haproxy_server_status",
    "patroni_primary",
    "etcd_server_has_leader",
    "traefik_config_last_reload_success",
    "probe_ssl_earliest_cert_expiry",
    "loki_build_info",
    "otelcol_exporter_sent_log_records",
  ])(
    "%s is there",
    async (metric) => {
      await until(metric, 60, async () => (await value(metric)).length > 0);
    },
    2 * MINUTE,
  );

  test("Prometheus knows its Alertmanager", async () => {
    const { data } = await askInside<{ data: { activeAlertmanagers: readonly unknown[] } }>(
      "prometheus",
      "/api/v1/alertmanagers",
    );
    expect(data.activeAlertmanagers.length).toBe(1);
  });
});

describe("logs", () => {
  /** The lines that Loki has for a query, with their labels. */
  const lines = async (query: string) => {
    const { data } = await askInside<{
      data: { result: readonly { stream: Record<string, string>; values: readonly (readonly [string, string])[] }[] };
    }>("loki", `/loki/api/v1/query_range?limit=5000&since=1h&query=${encodeURIComponent(query)}`);
    return data.result.flatMap(({ stream, values }) => values.map(([, line]) => ({ labels: stream, line })));
  };
  /** Writes a line into the log of a copy: what its first process says. */
  const say = (copy: Copy, line: string) =>
    output(copy, ["sh", "-c", `printf '%s\\n' "$LINE" > /proc/1/fd/1`], { env: { LINE: line } });

  test.each([
    ["level=error in a logfmt line", "error"],
    ['{"level":"WARN","msg":"said in a JSON line"}', "warn"],
    ["2026-01-01 00:00:00.000 UTC [1] FATAL:  in a line of Postgres", "fatal"],
    ["nothing said of it, no error either", "info"],
  ])(
    "a line that a container just wrote is there: %s",
    async (said, level) => {
      const mark = `mark-${Math.random().toString(36).slice(2)}`;
      await say(only("pushgateway"), said.replace(/ (?=in|no)/, ` ${mark} `));
      const [found] = await until(mark, 30, async () => {
        const all = await lines(`{stack="${stack}",service="pushgateway"} |= "${mark}"`);
        return all.length > 0 && all;
      });
      expect(found?.labels).toMatchObject({ stack, service: "pushgateway", level, copy: "pushgateway-0" });
    },
    MINUTE,
  );

  test("every service that says something is heard, and no other stack", async () => {
    const { data } = await askInside<{ data: readonly string[] }>(
      "loki",
      "/loki/api/v1/label/service/values?since=24h",
    );
    const known = rig.services.map(({ name }) => name as string);
    expect(data.filter((name) => !known.includes(name))).toEqual([]);
    expect(data).toEqual(expect.arrayContaining(["postgres", "traefik", "prometheus"]));
    const stacks = await askInside<{ data: readonly string[] }>("loki", "/loki/api/v1/label/stack/values?since=24h");
    expect(stacks.data).toEqual([stack]);
  });

  test(
    "a collector that is killed while others write loses no line and sends none twice",
    async () => {
      const [collector, speaker] = [only("collector"), only("pushgateway")];
      const mark = `series-${Math.random().toString(36).slice(2)}`;
      const numbers = Array.from({ length: 60 }, (_, i) => i);
      for (const i of numbers) {
        if (i === 20) await collector.kill();
        if (i === 40) await collector.start();
        await say(speaker, `${mark} ${i}.`);
      }
      await allReady(rig, ["collector"]);
      const found = await until("all lines", 60, async () => {
        const all = await lines(`{service="pushgateway"} |= "${mark}"`);
        return all.length >= numbers.length && all;
      });
      expect(found.map(({ line }) => Number(/(\d+)\.$/.exec(line)?.[1])).sort((a, b) => a - b)).toEqual(numbers);
    },
    3 * MINUTE,
  );

  test(
    "lines wait while Loki is away",
    async () => {
      const [loki, speaker] = [only("loki"), only("pushgateway")];
      const mark = `waiting-${Math.random().toString(36).slice(2)}`;
      await loki.stop();
      await say(speaker, mark);
      await loki.start();
      await allReady(rig, ["loki"], 90);
      await until(mark, 60, async () => (await lines(`{service="pushgateway"} |= "${mark}"`)).length === 1);
    },
    4 * MINUTE,
  );
});

describe("configurations, as the programs themselves check them", () => {
  test.each<[ServiceSpec["name"], string[]]>([
    ["prometheus", ["promtool", "check", "config", `${FILES}/prometheus.yml`]],
    ["prometheus", ["promtool", "check", "web-config", `${FILES}/web.yml`]],
    ["alertmanager", ["amtool", "check-config", `${FILES}/alertmanager.yml`]],
    ["loki", ["loki", "-verify-config", `-config.file=${FILES}/loki.yml`]],
    ["collector", ["otelcol", "validate", `--config=${FILES}/collector.yml`]],
    ["blackbox-exporter", ["prometheus-blackbox-exporter", "--config.check", `--config.file=${FILES}/blackbox.yml`]],
  ])("%s: %j", async (service, command) => {
    const { code, stdout, stderr } = await only(service).exec(command);
    expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
  });
});

describe("reach", () => {
  const watching = rig.services.filter(({ priority }) => priority === "last");

  test("no monitoring service publishes a port", async () => {
    const names = new Set(watching.flatMap(({ name }) => rig.copies(name).map((copy) => copy.name)));
    expect(names.size).toBeGreaterThan(5);
    const published = (await stackContainers(stack)).filter(
      ({ Config, HostConfig }) => names.has(Config.Hostname) && Object.keys(HostConfig.PortBindings ?? {}).length > 0,
    );
    expect(published.map(({ Name }) => Name)).toEqual([]);
  });

  test(
    "from the edge network nobody reaches them, nor the metrics of others",
    async () => {
      const visitor = await rig.visitor("edge");
      try {
        const behind = rig.services.filter(({ networks, metrics }) => metrics.length > 0 && !networks.includes("edge"));
        const addresses = await Promise.all(
          behind
            .flatMap(({ name }) => rig.copies(name))
            .map(async ({ name, service }) => {
              const info = (await stackContainers(stack)).find(({ Config }) => Config.Hostname === name);
              const [network] = Object.values(info?.NetworkSettings.Networks ?? {});
              const spec = specOf(rig, service);
              const [{ port, path, scheme }] = spec.metrics as [Metrics];
              return `${scheme}://${network?.IPAddress}:${spec.ports[port]}${path}`;
            }),
        );
        expect(addresses.length).toBeGreaterThan(10);
        // An answer counts, not a connection: what stands between this machine and the world may take any.
        const reached = await Promise.all(
          addresses.map(async (address) => {
            const { stdout } = await visitor.exec(["curl", "--silent", "--insecure", "--max-time", "3", address]);
            return stdout === "" ? [] : [address];
          }),
        );
        expect(reached.flat()).toEqual([]);
      } finally {
        await visitor.remove();
      }
    },
    MINUTE,
  );

  test("the exporter of the machine cannot write what it sees", async () => {
    const copy = only("node-exporter");
    for (const path of ["/host/root/tmp/probe", "/host/proc/sys/kernel/hostname", "/host/sys/probe"])
      expect((await copy.exec(["sh", "-c", `: > ${path}`])).code, path).not.toBe(0);
    expect((await copy.exec(["cat", "/host/root/etc/shadow"])).code).not.toBe(0);
  });

  test("the collector reads logs and nothing else of the machine", async () => {
    const copy = only("collector");
    expect((await copy.exec(["sh", "-c", ": > /host/logs/probe"])).code).not.toBe(0);
    const mounts = (
      await engine
        .getContainer((await stackContainers(stack)).find(({ Config }) => Config.Hostname === copy.name)?.Id ?? "")
        .inspect()
    ).Mounts;
    expect(mounts.filter(({ Type }) => Type === "bind").map(({ Destination, RW }) => [Destination, RW])).toEqual([
      ["/host/logs", false],
    ]);
  });
});
