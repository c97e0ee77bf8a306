// The one list of services. Everything else (routes, probes, certificates, status, documents) reads it.
import type { Environment } from "../environment";
import { hostNamespace, ownNamespace } from "../lib/naming";
import { publicUrl } from "./addresses";
import { alertmanager } from "./alertmanager";
import { auth } from "./auth";
import { blackboxExporter } from "./blackbox-exporter";
import { collector } from "./collector";
import { etcd } from "./etcd";
import type { FunctionSources } from "./function-sources";
import { functions } from "./functions";
import { gateway } from "./gateway";
import { grafana } from "./grafana";
import { haproxy } from "./haproxy";
import { missingImage } from "./images";
import { imgproxy } from "./imgproxy";
import { loki } from "./loki";
import { meta } from "./meta";
import { minio } from "./minio";
import { nodeExporter } from "./node-exporter";
import { pgbouncer } from "./pgbouncer";
import { pgbouncerExporter } from "./pgbouncer-exporter";
import { postgres } from "./postgres";
import { postgresExporter } from "./postgres-exporter";
import { postgresSetup } from "./postgres-setup";
import { PROMETHEUS, prometheus } from "./prometheus";
import { pushgateway } from "./pushgateway";
import { realtime } from "./realtime";
import { redis } from "./redis";
import { redisExporter } from "./redis-exporter";
import { rest } from "./rest";
import { scaled } from "./scaling";
import { endpoint, type Provides, type ServiceName, type ServiceSpec, text } from "./spec";
import { objectStore, storage } from "./storage";
import { studio } from "./studio";
import { edgeOf, traefik } from "./traefik";

/** A service that a stack does without. */
export interface Omitted {
  readonly service: ServiceName;
  readonly reason: string;
}

/** What a stack runs, and what it does without. */
export interface Catalogue {
  /** Each after those that it waits for. */
  readonly services: readonly ServiceSpec[];
  readonly omitted: readonly Omitted[];
}

/** Every service of a stack, in layers: each layer sees those of the stack below it, never one that is left out. */
export function catalogue(environment: Environment, provides: Provides, sources: FunctionSources): Catalogue {
  return LAYERS.reduce<Catalogue>(
    ({ services, omitted }, layer) => {
      const { services: further, omitted: missing } = available(
        scaled(layer(environment, provides, services, sources), environment.scaling),
        environment,
      );
      return { services: [...services, ...further], omitted: [...omitted, ...missing] };
    },
    { services: [], omitted: [] },
  );
}

/** Services of one layer, given those that stand below them in this stack. */
type Layer = (
  environment: Environment,
  provides: Provides,
  below: readonly ServiceSpec[],
  sources: FunctionSources,
) => readonly ServiceSpec[];

const data: Layer = (environment, provides) => {
  const { domain, publish } = environment;
  return [
    ...(provides.consensus ? [] : [etcd(environment.etcd)]),
    postgres({ ...environment.postgres, consensus: provides.consensus }),
    ...(provides.roleRouting ? [] : [haproxy({ maxConnections: environment.postgres.maxConnections })]),
    postgresSetup({ lockout: environment.auth.lockout, dailyUpload: environment.storage.dailyUpload }),
    pgbouncer("pgbouncer", { role: "primary", domain, maxConnections: environment.postgres.maxConnections }),
    pgbouncer("pgbouncer-replicas", { role: "replica", domain, maxConnections: environment.postgres.maxConnections }),
    ...redis(environment.redis),
    ...minio({ ...environment.minio, environment: environment.stack, domain, httpsPort: publish.https }),
  ];
};

/** What applications use. The gateway stands above it and is always there, so these may refer to it. */
const application: Layer = (environment, _provides, _below, sources) => {
  const { stack, domain, publish, auth: accounts } = environment;
  const outside = { stack, domain, httpsPort: publish.https };
  const inside = text`https://${endpoint("gateway", "https")}`;
  return [
    meta({ copies: 1 }),
    auth({ ...accounts, ...outside }),
    rest({ ...environment.rest, tokenLifetime: accounts.tokenLifetime }),
    realtime(environment.realtime),
    imgproxy({ ...environment.imgproxy, objects: objectStore(environment.storage.s3) }),
    storage({ ...environment.storage, ...outside, imgproxy: missingImage("imgproxy", environment) === undefined }),
    functions({ ...environment.functions, ...outside, gateway: inside, sources }),
    studio({
      ...environment.studio,
      ...outside,
      gateway: inside,
      meta: text`http://${endpoint("meta", "http")}`,
      rest: environment.rest,
    }),
  ];
};

/** One entry in front of all of these. */
const entry: Layer = (environment, _, services) => {
  const { domain, publish, limits, gateway: values } = environment;
  const outside = { domain, httpsPort: publish.https };
  return [
    gateway({
      ...values,
      domain,
      limits,
      publicUrl: publicUrl("api", outside),
      origins: values.origins ?? [publicUrl("app", outside)],
      fileSize: environment.storage.fileSize,
      services,
    }),
  ];
};

/** What looks at others, and what is asked by people; Prometheus asks all of it. */
const monitoring: Layer = (environment, provides) => {
  const outside = { domain: environment.domain, httpsPort: environment.publish.https };
  return [
    nodeExporter(),
    postgresExporter(),
    pgbouncerExporter("pgbouncer"),
    pgbouncerExporter("pgbouncer-replicas"),
    redisExporter(),
    pushgateway(),
    alertmanager({ url: publicUrl("alertmanager", outside) }),
    loki(environment.monitoring.logs),
    collector({ stack: environment.stack, logs: provides.logs, namespaces: namespaces(environment) }),
    grafana({ url: publicUrl("grafana", outside) }),
  ];
};

/** Where a cluster keeps the stack's containers: its own namespace, and that of what reads its machines. */
function namespaces({ stack, kubernetes }: Environment): readonly string[] {
  const own = ownNamespace(stack, kubernetes?.namespace);
  return [own, hostNamespace(own)];
}

/** What must know all others: Prometheus asks every service, the edge included, which in turn has routes to it. */
const watchers: Layer = (environment, { unnamedCopies }, below) => {
  const { stack, domain, publish, admin, tls } = environment;
  const edge = edgeOf(tls);
  const probes = blackboxExporter({
    domain,
    admin,
    publiclyCertified: tls.issuer !== "private",
    services: [...below, PROMETHEUS, edge],
  });
  return [
    probes,
    prometheus({
      ...environment.monitoring.metrics,
      stack,
      url: publicUrl("prometheus", { domain, httpsPort: publish.https }),
      services: [...below, probes, edge],
      unnamedCopies,
    }),
  ];
};

const edge: Layer = (environment, _, services) => [
  traefik({
    ...environment.traefik,
    domain: environment.domain,
    publish: environment.publish,
    tls: environment.tls,
    application: environment.application,
    limits: environment.limits,
    admin: environment.admin,
    services,
  }),
];

const LAYERS: readonly Layer[] = [data, application, entry, monitoring, watchers, edge];

/** Parts the services whose image this stack can have from those that it must do without. */
function available(services: readonly ServiceSpec[], environment: Environment): Catalogue {
  const missing = services.map((spec) => [spec, missingImage(spec.image, environment)] as const);
  return {
    services: missing.flatMap(([spec, reason]) => (reason === undefined ? [spec] : [])),
    omitted: missing.flatMap(([{ name }, reason]) => (reason === undefined ? [] : [{ service: name, reason }])),
  };
}
