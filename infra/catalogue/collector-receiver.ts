// How a line of a container becomes a record: whose it is, when it was written, how grave it is.
import type { CollectorArgs } from "./collector";
import { type ConfigValue, joined } from "./config-text";

/** The receiver of log files. */
export function receiver({ stack, logs, namespaces }: CollectorArgs): ConfigValue {
  return {
    include:
      logs.format === "docker" ? [logs.files] : namespaces.map((name) => logs.files.replace("{namespace}", name)),
    // Who starts late misses nothing; what was read is remembered.
    start_at: "beginning",
    storage: "file_storage",
    include_file_path: logs.format === "kubernetes",
    include_file_name: false,
    max_log_size: "1MiB",
    poll_interval: "500ms",
    retry_on_failure: { enabled: true },
    operators: [...(logs.format === "docker" ? docker(stack) : kubernetes(stack)), ...LEVEL],
  };
}

/** The engine's times, as Go writes a layout; in quotes, for unquoted it would be a time itself. */
const LAYOUT = joined("2006-01-02T15:04:05.999999999Z");

/** A JSON object per line; labels of the container are in `attrs`. */
function docker(stack: string): readonly ConfigValue[] {
  return [
    {
      type: "json_parser",
      parse_from: "body",
      parse_to: "body",
      timestamp: { parse_from: "body.time", layout_type: "gotime", layout: LAYOUT },
      on_error: "drop_quiet",
    },
    // Other stacks on the engine have collectors of their own.
    { type: "filter", expr: `body.attrs == nil or body.attrs["groundwork.stack"] != ${JSON.stringify(stack)}` },
    { type: "move", from: 'body.attrs["groundwork.stack"]', to: "resource.stack" },
    { type: "move", from: 'body.attrs["groundwork.service"]', to: "resource.service" },
    { type: "move", from: 'body.attrs["groundwork.copy"]', to: "attributes.copy" },
    { type: "move", from: "body.stream", to: "attributes.stream" },
    { type: "move", from: "body.log", to: "body" },
    { type: "regex_replace", field: "body", regex: "\\n$", replace_with: "" },
  ];
}

/** CRI lines; the path names namespace, pod and container, and the container is named after its service. */
function kubernetes(stack: string): readonly ConfigValue[] {
  return [
    { type: "container", format: "containerd", add_metadata_from_filepath: true },
    { type: "add", field: "resource.stack", value: stack },
    { type: "move", from: 'resource["k8s.container.name"]', to: "resource.service" },
    { type: "move", from: 'resource["k8s.pod.name"]', to: "attributes.copy" },
    { type: "move", from: 'attributes["log.iostream"]', to: "attributes.stream" },
  ];
}

/** Where programs write the level: a JSON member or logfmt word, the capitals of Postgres' family, the mark of Valkey. */
const PATTERNS = [
  '(?i)(?:"(?:level|severity|lvl)"\\s*:\\s*"|\\b(?:level|lvl)="?)(?P<level>[a-z]+)',
  '^[^"{]{0,80}?(?P<level>TRACE|DEBUG|INFO|NOTICE|LOG|WARNING|WARN|ERROR|FATAL|CRITICAL|ALERT|PANIC)\\d?(?:[\\]: ]|$)',
  "^\\d+:[MSCX] \\d+ \\w+ \\d+ [\\d:.]+ (?P<level>[-.*#]) ",
];

/** The words that all services share, and what others call them. */
const LEVELS: Readonly<Record<string, readonly string[]>> = {
  fatal: ["fatal", "critical", "crit", "panic", "alert", "emerg", "emergency"],
  error: ["error", "err"],
  warn: ["warn", "warning", "#"],
  debug: ["debug", "trace", ".", "-"],
};

/** Lines that say none are information. */
const LEVEL: readonly ConfigValue[] = [
  ...PATTERNS.map((regex, i) => ({
    type: "regex_parser",
    // A name of its own each, since all have one type.
    id: `level-${i}`,
    if: 'type(body) == "string" and attributes.level == nil',
    regex,
    parse_from: "body",
    parse_to: "attributes",
    on_error: "send_quiet",
  })),
  ...Object.entries(LEVELS).map(([value, words]) => ({
    type: "add",
    id: `is-${value}`,
    if: `attributes.level != nil and lower(attributes.level) in ${JSON.stringify(words)}`,
    field: "resource.level",
    value,
  })),
  { type: "add", id: "is-info", if: "resource.level == nil", field: "resource.level", value: "info" },
  { type: "remove", id: "level-said", if: "attributes.level != nil", field: "attributes.level" },
];
