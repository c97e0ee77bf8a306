// What Prometheus asks of one service: a job for each of its metrics, a target for each of its copies.
import { type ConfigValue, each, joined, numeric } from "./config-text";
import type { Scraped } from "./prometheus";
import { type Asked, endpoint, file, type Metrics, type Provides, type ServiceName, text } from "./spec";

/** How often services are asked and rules are evaluated. */
export const INTERVAL = "15s";

export interface ScrapeArgs extends Pick<Provides, "unnamedCopies"> {
  /** A label of every target. */
  readonly stack: string;
}

/** The entries of `scrape_configs` for a service. */
export function scrapeConfigurations(
  { name, shape, metrics }: Scraped,
  { stack, unnamedCopies }: ScrapeArgs,
): readonly ConfigValue[] {
  return metrics.flatMap((place) => {
    if (place.asks === undefined && !place.shared && unnamedCopies.includes(shape))
      return [job(name, place, discovered(name, place, stack))];
    if (place.asks === undefined) return [job(name, place, { static_configs: [ownTargets(name, place, stack)] })];
    const asks = place.asks.map((asked) => askedTargets(asked, stack));
    // How an exporter wants addresses is a rule of the job, so targets written differently are different jobs.
    const forms = [...new Set(place.asks.map(({ target }) => target))];
    if (forms.length > 1) throw new Error(`${name}/metrics: one job, but several forms of target: ${forms.join(", ")}`);
    return forms.map((form) => job(name, place, { static_configs: asks, ...askingThrough(name, place, form) }));
  });
}

interface Targets {
  readonly static_configs?: readonly ConfigValue[];
  readonly dns_sd_configs?: readonly ConfigValue[];
  readonly relabel_configs?: readonly ConfigValue[];
  /** The name that a target's certificate must bear. @default - that of its address */
  readonly serverName?: ConfigValue;
}

function job(
  name: ServiceName,
  { job: jobName = name, path, scheme, token }: Metrics,
  { serverName, ...targets }: Targets,
): ConfigValue {
  return {
    job_name: jobName,
    metrics_path: path,
    scheme,
    ...(scheme === "https" && {
      tls_config: { ca_file: file("authority.pem"), ...(serverName !== undefined && { server_name: serverName }) },
    }),
    ...(token !== undefined && { authorization: { credentials_file: file(`tokens/${token}`) } }),
    ...targets,
  };
}

/** The service's own copies; or its one address, where any copy answers for all. */
function ownTargets(service: ServiceName, { port, shared }: Metrics, stack: string): ConfigValue {
  if (shared) return { targets: [endpoint(service, port)], labels: { stack, service } };
  return each(service, port, { targets: ["{host}:{port}"], labels: { stack, service, copy: "{name}" } });
}

/** A target for each address that DNS lists; it stands for the copy's name, which nobody knows. */
function discovered(service: ServiceName, { port }: Metrics, stack: string): Targets {
  const members = endpoint(service, port, "members");
  const label = (name: string, value: string) => ({ target_label: name, replacement: value });
  return {
    dns_sd_configs: [
      { names: [members], type: "A", port: numeric(endpoint(service, port, "port")), refresh_interval: INTERVAL },
    ],
    relabel_configs: [
      label("stack", stack),
      label("service", service),
      { source_labels: ["__address__"], regex: "(.+):\\d+", target_label: "copy" },
    ],
    serverName: members,
  };
}

/**
 * The copies of another service, which an exporter asks. Where copies have no names, the one address that they share: an
 * exporter verifies the name that it was told.
 */
function askedTargets({ service, port, parameters, labels }: Asked, stack: string): ConfigValue {
  const passed = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`__param_${key}`, value]));
  return each(service, port, {
    targets: ["{host}:{port}"],
    labels: { stack, service, copy: "{name}", ...labels, ...passed },
  });
}

/** The copy's address becomes the parameter `target`, and the exporter is asked in its place. */
function askingThrough(exporter: ServiceName, { port }: Metrics, form: string): Pick<Targets, "relabel_configs"> {
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
