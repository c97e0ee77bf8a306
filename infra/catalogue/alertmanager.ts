// Alertmanager: groups alerts and tells those who are on call. Whom it tells comes with the alerts.
import { yamlText } from "./config-text";
import { file, type ServiceSpec, service, text } from "./spec";
import { webFiles, webFlags, webReady } from "./web-server";

export interface AlertmanagerArgs {
  /** Where people reach it. */
  readonly url: string;
}

const PORTS = { http: 9093 } as const;
const VOLUME = "/var/lib/alertmanager";

/** One copy; silences and what was told already are on its volume. */
export function alertmanager({ url }: AlertmanagerArgs): ServiceSpec {
  return service("alertmanager", {
    purpose: "Groups alerts and tells those who are on call",
    shape: "stateful",
    image: "prometheus",
    args: [
      "prometheus-alertmanager",
      text`--config.file=${file("alertmanager.yml")}`,
      `--storage.path=${VOLUME}`,
      // Alone: it looks for no others.
      "--cluster.listen-address=",
      `--web.external-url=${url}`,
      ...webFlags("http"),
    ],
    ports: PORTS,
    volumes: { data: { mount: VOLUME, size: "1 GiB" } },
    files: {
      "alertmanager.yml": yamlText({ route: { receiver: NOBODY }, receivers: [{ name: NOBODY }] }),
      ...webFiles("alertmanager"),
    },
    ready: webReady("http", "/-/ready"),
    resources: { cpu: 0.25, memory: "128 MiB", processes: 1024 },
    networks: ["app"],
    priority: "last",
    routes: [
      { host: "alertmanager", port: "http", entry: "https", protocol: "https", admin: true, limits: ["general"] },
    ],
    metrics: [{ port: "http", path: "/metrics", scheme: "https" }],
    tls: ["http"],
    stopGrace: "10 seconds",
  });
}

const NOBODY = "nobody";
