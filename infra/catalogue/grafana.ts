// Grafana: dashboards over metrics and logs. Data sources come from the catalogue, dashboards with the dashboards.
import { type ConfigValue, joined, yamlText } from "./config-text";
import { type EndpointRef, endpoint, FILES, file, type ServiceSpec, secret, service, text } from "./spec";
import { certificateFiles, webReady } from "./web-server";

export interface GrafanaArgs {
  /** Where people reach it. */
  readonly url: string;
}

const PORTS = { http: 3000 } as const;
const VOLUME = "/var/lib/grafana";

/** One copy; everything that matters is provisioned, its volume holds people's own work. */
export function grafana({ url }: GrafanaArgs): ServiceSpec {
  return service("grafana", {
    purpose: "Dashboards over metrics and logs (Grafana)",
    shape: "stateful",
    image: "grafana",
    ports: PORTS,
    env: {
      GF_SERVER_PROTOCOL: "https",
      GF_SERVER_HTTP_PORT: String(PORTS.http),
      GF_SERVER_CERT_FILE: file("server.pem"),
      GF_SERVER_CERT_KEY: file("server.key"),
      GF_SERVER_MIN_TLS_VERSION: "TLS1.3",
      GF_SERVER_ROOT_URL: url,
      GF_SECURITY_ADMIN_PASSWORD__FILE: file("admin-password"),
      GF_SECURITY_COOKIE_SECURE: "true",
      GF_SECURITY_DISABLE_GRAVATAR: "true",
      GF_USERS_ALLOW_SIGN_UP: "false",
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
      GF_PLUGINS_PREINSTALL_DISABLED: "true",
      GF_LOG_MODE: "console",
      GF_LOG_CONSOLE_FORMAT: "json",
      GF_PATHS_PROVISIONING: FILES,
    },
    volumes: { data: { mount: VOLUME, size: "1 GiB" } },
    scratch: { "/tmp": "64 MiB" },
    files: {
      "admin-password": secret("grafana-admin"),
      "datasources/datasources.yml": yamlText({
        apiVersion: 1,
        datasources: [
          source("Prometheus", "prometheus", endpoint("prometheus", "http"), { isDefault: true }),
          source("Loki", "loki", endpoint("loki", "http")),
          source("Alertmanager", "alertmanager", endpoint("alertmanager", "http"), {
            jsonData: { ...VERIFIED, implementation: "prometheus" },
          }),
        ],
      }),
      ...certificateFiles("grafana"),
    },
    ready: webReady("http", "/api/health"),
    resources: { cpu: 0.5, memory: "512 MiB", processes: 512 },
    networks: ["app"],
    priority: "last",
    routes: [{ host: "grafana", port: "http", entry: "https", protocol: "https", admin: true, limits: ["general"] }],
    metrics: [{ port: "http", path: "/metrics", scheme: "https" }],
    tls: ["http"],
  });
}

/** Verified against our authority; Grafana reads the file itself. */
const VERIFIED = { tlsAuthWithCACert: true } as const;

function source(name: string, type: string, address: EndpointRef, more: Record<string, ConfigValue> = {}): ConfigValue {
  return {
    name,
    uid: type,
    type,
    access: "proxy",
    url: joined(text`https://${address}`),
    jsonData: VERIFIED,
    secureJsonData: { tlsCACert: joined(text`$__file{${file("authority.pem")}}`) },
    editable: false,
    ...more,
  };
}
