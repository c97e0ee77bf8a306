// Monitoring from end to end: every place with metrics answers Prometheus, and what a container writes is found in Loki.
// Long because all of it looks at one running stack through the same two questions, to Prometheus and to Loki.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FILES, type ServiceName, type ServiceSpec } from "../../catalogue/spec";
import { allReady, type Copy, output, type Rig, specOf, until, type Visitor } from "../rig";

const AUTHORITY = "/tmp/authority.pem";
const MINUTE = 60_000;

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

/** What the label `copy` of a service's targets says, which differs between platforms. */
export interface CopyLabels {
  /** Of targets that are the service's own copies. */
  own(service: ServiceName): Promise<readonly string[]>;
  /** Of targets that an exporter asks for them. */
  asked(service: ServiceName): readonly string[];
}

/** What holds of the stack's monitoring. */
export function monitoringScenarios(rig: Rig, labels: CopyLabels): void {
  const { stack } = rig.environment;
  let inside: Visitor;

  beforeAll(async () => {
    inside = await rig.visitor("app");
    await output(inside, ["sh", "-c", `cat > ${AUTHORITY}`], { input: await rig.authority() });
  }, MINUTE);

  afterAll(() => inside.remove());

  /** The one copy of a service of which there is one. */
  function only(service: ServiceName): Copy {
    const [copy] = rig.copies(service);
    if (copy === undefined) throw new Error(`${service} is not part of this stack`);
    return copy;
  }

  /** What a server inside answers, as JSON. */
  async function askInside<T>(service: ServiceName, path: string): Promise<T> {
    const { http } = specOf(rig, service).ports;
    const url = `https://${rig.host(service)}:${http}${path}`;
    return JSON.parse(await output(inside, ["curl", "--silent", "--fail", "--globoff", "--cacert", AUTHORITY, url]));
  }

  describe("metrics", () => {
    /** Every target that the catalogue asks for, as `job of copy`, with what tells several of one copy apart. */
    const wanted = async (): Promise<readonly string[]> => {
      const places = rig.services.flatMap(({ name, metrics }) => metrics.map((place) => ({ name, ...place })));
      const all = places.map(async ({ name, job = name, shared, asks }) => {
        if (asks !== undefined)
          return asks.flatMap(({ service, labels: more }) =>
            labels.asked(service).map((copy) => [job, copy, ...Object.values(more)].join(" ")),
          );
        return shared ? [`${job} of ${name}`] : (await labels.own(name)).map((copy) => `${job} ${copy}`);
      });
      return (await Promise.all(all)).flat();
    };

    const found = (targets: readonly Target[]) =>
      targets
        .map(({ labels: { job, service, copy, route, port } }) =>
          copy === undefined ? `${job} of ${service}` : [job, copy, ...[route ?? port ?? []].flat()].join(" "),
        )
        .sort();

    test(
      "every target of the catalogue is up, and there is no other",
      async () => {
        const targets = await until("every target is up", 90, async () => {
          const { data } = await askInside<{ data: { activeTargets: readonly Target[] } }>(
            "prometheus",
            "/api/v1/targets?state=active",
          );
          // A copy that has just come or gone is known with the next look into DNS.
          expect(found(data.activeTargets)).toEqual([...(await wanted())].sort());
          const unwell = data.activeTargets.filter(({ health }) => health !== "up");
          if (unwell.length > 0)
            throw new Error(
              unwell.map(({ labels, lastError }) => `${labels.job} ${labels.copy}: ${lastError}`).join("; "),
            );
          return data.activeTargets;
        });
        expect(new Set(targets.map(({ labels }) => labels.stack))).toEqual(new Set([stack]));
        expect(new Set(targets.map(({ labels }) => labels.instance)).has("")).toBe(false);
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

    const METRICS: readonly (readonly [ServiceName, string])[] = [
      ["postgres", "pg_stat_replication_pg_wal_lsn_diff"],
      ["postgres", "pg_replication_lag_seconds"],
      ["postgres", "pg_stat_statements_calls_total"],
      ["minio", "minio_cluster_health_status"],
      ["minio", "minio_node_drive_free_bytes"],
      ["redis", "redis_memory_used_bytes"],
      ["node-exporter", "node_memory_MemAvailable_bytes"],
      ["node-exporter", 'node_filesystem_avail_bytes{mountpoint="/"}'],
      ["haproxy", "haproxy_server_status"],
      ["postgres", "patroni_primary"],
      ["etcd", "etcd_server_has_leader"],
      ["traefik", "traefik_config_last_reload_success"],
      ["blackbox-exporter", "probe_ssl_earliest_cert_expiry"],
      ["loki", "loki_build_info"],
      ["collector", "otelcol_exporter_sent_log_records"],
    ];

    test.each(METRICS.filter(([service]) => rig.services.some(({ name }) => name === service)))(
      "of %s, %s is there",
      async (_, metric) => {
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
        expect(found?.labels).toMatchObject({
          stack,
          service: "pushgateway",
          level,
          copy: expect.stringMatching(/^pushgateway-/),
        });
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
}
