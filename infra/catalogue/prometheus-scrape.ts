// What Prometheus asks of one service: a job for each of its metrics, a target for each of its copies.
import { type ConfigValue, each, joined } from "./config-text";
import type { Scraped } from "./prometheus";
import { type Asked, endpoint, file, type Metrics, type ServiceName, text } from "./spec";

/** The entries of `scrape_configs` for a service. */
export function scrapeConfigurations({ name, metrics }: Scraped, stack: string): readonly ConfigValue[] {
  return metrics.flatMap((place) => {
    if (place.asks === undefined) return [job(name, place, [ownTargets(name, place, stack)])];
    const asks = place.asks.map((asked) => askedTargets(asked, stack));
    // How an exporter wants addresses is a rule of the job, so targets written differently are different jobs.
    const forms = [...new Set(place.asks.map(({ target }) => target))];
    if (forms.length > 1) throw new Error(`${name}/metrics: one job, but several forms of target: ${forms.join(", ")}`);
    return forms.map((form) => job(name, place, asks, askingThrough(name, place, form)));
  });
}

function job(
  name: ServiceName,
  { job: jobName = name, path, scheme, token }: Metrics,
  targets: readonly ConfigValue[],
  more: Readonly<Record<string, ConfigValue>> = {},
): ConfigValue {
  return {
    job_name: jobName,
    metrics_path: path,
    scheme,
    ...(scheme === "https" && { tls_config: { ca_file: file("authority.pem") } }),
    ...(token !== undefined && { authorization: { credentials_file: file(`tokens/${token}`) } }),
    static_configs: targets,
    ...more,
  };
}

/** The service's own copies; or its one address, where any copy answers for all. */
function ownTargets(service: ServiceName, { port, shared }: Metrics, stack: string): ConfigValue {
  if (shared) return { targets: [endpoint(service, port)], labels: { stack, service } };
  return each(service, port, { targets: ["{host}:{port}"], labels: { stack, service, copy: "{name}" } });
}

/** The copies of another service, which an exporter asks. */
function askedTargets({ service, port, parameters, labels }: Asked, stack: string): ConfigValue {
  const passed = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`__param_${key}`, value]));
  return each(service, port, {
    targets: ["{host}:{port}"],
    labels: { stack, service, copy: "{name}", ...labels, ...passed },
  });
}

/** The copy's address becomes the parameter `target`, and the exporter is asked in its place. */
function askingThrough(exporter: ServiceName, { port }: Metrics, form: string): Readonly<Record<string, ConfigValue>> {
  return {
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "instance" },
      {
        source_labels: ["__address__"],
        target_label: "__param_target",
        replacement: form.replace("{address}", "$1"),
      },
      { target_label: "__address__", replacement: joined(text`${endpoint(exporter, port)}`) },
    ],
  };
}
