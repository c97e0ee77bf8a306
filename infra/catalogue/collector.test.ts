// The collector's configuration: whose lines it takes on each platform, and that none is lost while somebody is away.
import { expect, test } from "vitest";
import { parse } from "yaml";
import { docker } from "../platforms/docker/docker";
import { flatten } from "../platforms/flatten";
import { collector } from "./collector";
import type { LogFiles } from "./spec";

const CLUSTER: LogFiles = { files: "/var/log/pods/{namespace}_*/*/*.log", format: "kubernetes" };

function configuration(logs: LogFiles) {
  const spec = collector({ stack: "test", logs, namespaces: ["test", "test-host"] });
  const pieces = flatten(spec.files["collector.yml"] ?? "", {
    self: () => "",
    address: ({ service }) => [{ name: service, host: service, port: 1 }],
  });
  return parse(pieces.join(""));
}

test("on docker it takes this stack's lines out of all, by the labels that the engine writes beside them", () => {
  const { include, operators } = configuration(docker.provides.logs).receivers.file_log;
  expect(include).toEqual(["/host/logs/*/*-json.log"]);
  expect(operators[1]).toEqual({
    type: "filter",
    expr: 'body.attrs == nil or body.attrs["groundwork.stack"] != "test"',
  });
});

test("on a cluster it reads the stack's namespaces alone", () => {
  const { include, operators } = configuration(CLUSTER).receivers.file_log;
  expect(include).toEqual(["/var/log/pods/test_*/*/*.log", "/var/log/pods/test-host_*/*/*.log"]);
  expect(operators[0]).toMatchObject({ type: "container" });
});

test("lines wait on disk for as long as Loki is away, and what was read is remembered", () => {
  const { exporters, extensions, receivers } = configuration(docker.provides.logs);
  expect(receivers.file_log).toMatchObject({ start_at: "beginning", storage: "file_storage" });
  expect(extensions.file_storage.directory).toBe("/var/lib/collector");
  expect(exporters.otlp_http).toMatchObject({
    endpoint: "https://loki:1/otlp",
    retry_on_failure: { max_elapsed_time: "0s" },
    sending_queue: { storage: "file_storage", block_on_overflow: true },
  });
});

interface Operator {
  readonly type: string;
  readonly regex?: string;
}

test.each([
  ['{"level":"error","msg":"x"}', "error"],
  ['{"time":"t","severity": "WARN"}', "WARN"],
  ["ts=2026 level=info msg=x", "info"],
  ["2026-11-21 16:00:00.000 UTC [7] LOG:  checkpoint starting", "LOG"],
  ["2026-11-21 16:00:00,000 WARNING: lock taken", "WARNING"],
  ["[NOTICE]   (1) : New worker (7) forked", "NOTICE"],
  ["1:M 21 Nov 2026 16:00:00.000 # Warning", "#"],
  ["GET /error HTTP/1.1 500", undefined],
])("the level of %j is %j", (line, level) => {
  const { operators } = configuration(docker.provides.logs).receivers.file_log;
  const patterns = (operators as Operator[]).flatMap(({ type, regex }) =>
    type === "regex_parser" ? (regex ?? []) : [],
  );
  expect(patterns.length).toBe(3);
  const found = patterns.map((pattern) => {
    const insensitive = pattern.startsWith("(?i)");
    const portable = pattern.replace("(?i)", "").replace("(?P<", "(?<");
    return new RegExp(portable, insensitive ? "i" : "").exec(line)?.groups?.level;
  });
  expect(found.find((each) => each !== undefined)).toBe(level);
});
