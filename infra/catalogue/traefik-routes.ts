// Traefik's dynamic configuration: a router for every route of the other services, and what each request passes.
import { type ConfigValue, each } from "./config-text";
import { limitMiddleware, limitMiddlewares } from "./limits";
import { endpoint, file, type LimitedPath, type Route, type ServiceName, type ServiceSpec } from "./spec";
import type { TraefikArgs } from "./traefik";
import { ACME_RESOLVER, WATCHED } from "./traefik-static";

type Target = { readonly service: ServiceName; readonly route: Route };

export function dynamicConfiguration({
  domain,
  limits,
  admin,
  services,
  copies = 1,
  tls,
  application,
}: Pick<TraefikArgs, "domain" | "limits" | "admin" | "services" | "copies" | "tls" | "application">): ConfigValue {
  const certified = tls?.issuer === "acme" ? { tls: { certResolver: ACME_RESOLVER } } : {};
  const open = services.flatMap(targets).filter(({ route }) => !route.admin || admin.allow.length > 0);
  const web = open.filter(({ route }) => route.entry === "https");
  const tcp = open.filter(({ route }) => route.entry !== "https");
  return {
    http: {
      routers: {
        metrics: { entryPoints: ["metrics"], rule: "Path(`/metrics`)", service: "prometheus@internal", tls: {} },
        ...(admin.allow.length > 0 && { traefik: { ...dashboard(domain), ...certified } }),
        ...byHost(web, ({ route }) => ({ ...webRouter(route, domain), ...certified })),
        ...limitedRouters(web, domain, certified),
        ...(application && applicationRouters(application.assets, domain, certified)),
      },
      middlewares: {
        "headers-api": securityHeaders(API_POLICY),
        "headers-page": securityHeaders(),
        ...(admin.allow.length > 0 && { "headers-dashboard": securityHeaders(DASHBOARD_POLICY) }),
        ...(admin.allow.length > 0 && { admin: { ipAllowList: { sourceRange: admin.allow } } }),
        ...limitMiddlewares(limits, copies > 1),
        compress: { compress: {} },
        ...(application && { immutable: { headers: { customResponseHeaders: { "Cache-Control": IMMUTABLE } } } }),
        // Only connections that failed are tried again, elsewhere: nothing reaches a service twice.
        retry: { retry: { attempts: 3, initialInterval: "50ms" } },
      },
      ...((web.length > 0 || application) && {
        services: {
          ...byHost(web, webService),
          ...(application && { app: { loadBalancer: { servers: [{ url: application.url }] } } }),
        },
      }),
      serversTransports: {
        internal: {
          rootCAs: [file("authority.pem")],
          forwardingTimeouts: { dialTimeout: "2s" },
          // Over HTTP/2 an answer may come before the retry has noted that its request is out: it is then lost, as an empty 200.
          disableHTTP2: true,
        },
      },
    },
    ...(tcp.length > 0 && {
      tcp: {
        routers: byHost(tcp, tcpRouter),
        ...(admin.allow.length > 0 && { middlewares: { admin: { ipAllowList: { sourceRange: admin.allow } } } }),
        services: byHost(tcp, ({ service, route }) => ({
          loadBalancer: { servers: [each(service, route.port, { address: "{host}:{port}" })] },
        })),
      },
    }),
    tls: {
      certificates: [
        { certFile: file("traefik.pem"), keyFile: file("traefik.key") },
        ...(tls?.issuer === "secret"
          ? [{ certFile: `${WATCHED}/public/tls.crt`, keyFile: `${WATCHED}/public/tls.key` }]
          : []),
      ],
      // Who does not know a name of ours learns none from the certificate.
      options: { default: { minVersion: "VersionTLS13", sniStrict: true } },
    },
  };
}

function targets({ name, routes }: ServiceSpec): readonly Target[] {
  return routes.map((route) => ({ service: name, route }));
}

function byHost(all: readonly Target[], make: (target: Target) => ConfigValue): Record<string, ConfigValue> {
  return Object.fromEntries(all.map((target) => [target.route.host, make(target)]));
}

/** Routers of the requests that a further limit counts: one for each limit of a route. Longer rules are asked first. */
function limitedRouters(
  all: readonly Target[],
  domain: string,
  certified: Readonly<Record<string, ConfigValue>>,
): Readonly<Record<string, ConfigValue>> {
  const routers = all.flatMap(({ route }) => {
    const limited = route.limited ?? [];
    return [...new Set(limited.map(({ limit }) => limit))].map((limit) => {
      const paths = limited.filter((each) => each.limit === limit).map(limitedRule);
      const only = `(${paths.join(" || ")})`;
      const counted = { ...route, limits: [...route.limits, limit] };
      return [`${route.host}-${limit}`, { ...webRouter(counted, domain, [only]), ...certified }] as const;
    });
  });
  return Object.fromEntries(routers);
}

function limitedRule({ path, query }: LimitedPath): string {
  const prefix = `PathPrefix(\`${path}\`)`;
  return query === undefined ? prefix : `(${prefix} && Query(\`${query[0]}\`, \`${query[1]}\`))`;
}

/** @param only further conditions of its rule */
function webRouter(
  { host, admin, limits, internalPaths = [] }: Route,
  domain: string,
  only: readonly string[] = [],
): Readonly<Record<string, ConfigValue>> {
  const closed = internalPaths.map((path) => `!PathPrefix(\`${path}\`)`);
  return {
    entryPoints: ["websecure"],
    rule: [`Host(\`${host}.${domain}\`)`, ...closed, ...only].join(" && "),
    service: host,
    // Headers first, so that refusals carry them too.
    middlewares: [
      admin ? "headers-page" : "headers-api",
      ...(admin ? ["admin"] : []),
      ...limits.map(limitMiddleware),
      "compress",
      "retry",
    ],
  };
}

/** The application's pages, and its files that never change under one name. */
function applicationRouters(
  assets: readonly string[],
  domain: string,
  certified: Readonly<Record<string, ConfigValue>>,
): Readonly<Record<string, ConfigValue>> {
  const host = `Host(\`app.${domain}\`)`;
  const router = { entryPoints: ["websecure"], service: "app", ...certified };
  const passes = ["headers-page", limitMiddleware("general"), "compress", "retry"];
  return {
    app: { ...router, rule: host, middlewares: passes },
    ...(assets.length > 0 && {
      "app-assets": {
        ...router,
        rule: `${host} && (${assets.map((path) => `PathPrefix(\`${path}\`)`).join(" || ")})`,
        middlewares: ["headers-page", "immutable", "compress", "retry"],
      },
    }),
  };
}

function dashboard(domain: string): Readonly<Record<string, ConfigValue>> {
  return {
    entryPoints: ["websecure"],
    rule: `Host(\`traefik.${domain}\`)`,
    service: "api@internal",
    middlewares: ["headers-dashboard", "admin", limitMiddleware("general"), "compress"],
  };
}

function webService({ service, route }: Target): ConfigValue {
  const { host, port, protocol, health, healthPort, affinity } = route;
  const answers = healthPort !== undefined && { port: endpoint(service, healthPort, "port") };
  return {
    loadBalancer: {
      servers: [each(service, port, { url: `${protocol}://{host}:{port}` })],
      serversTransport: "internal",
      ...(health !== undefined && { healthCheck: { path: health, interval: "5s", timeout: "3s", ...answers } }),
      ...(affinity && {
        sticky: { cookie: { name: `${host}-copy`, path: "/", secure: true, httpOnly: true, sameSite: "strict" } },
      }),
    },
  };
}

function tcpRouter({ route: { host, entry, admin } }: Target): ConfigValue {
  return {
    entryPoints: [entry],
    // Passed through as it is: TLS ends at the pooler, with the pooler's own certificate.
    rule: "HostSNI(`*`)",
    service: host,
    ...(admin && { middlewares: ["admin"] }),
  };
}

/** A year, for browsers and whatever caches in between. */
const IMMUTABLE = "public, max-age=31536000, immutable";
/** For answers that are data: whatever was uploaded, a browser that opens it runs nothing. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";
/** Traefik's own dashboard sends none. */
const DASHBOARD_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";

/** @param contentSecurityPolicy replaces the backend's; consoles send one that fits their own scripts. */
function securityHeaders(contentSecurityPolicy?: string): ConfigValue {
  return {
    headers: {
      stsSeconds: 63_072_000,
      stsIncludeSubdomains: true,
      forceSTSHeader: true,
      contentTypeNosniff: true,
      frameDeny: true,
      referrerPolicy: "no-referrer",
      permissionsPolicy: "camera=(), geolocation=(), microphone=()",
      ...(contentSecurityPolicy !== undefined && { contentSecurityPolicy }),
      // An empty value removes the header.
      customResponseHeaders: {
        Server: "",
        "X-Powered-By": "",
        // What holds data is kept by no cache between us and the browser, whatever the service says about browsers.
        ...(contentSecurityPolicy === API_POLICY && { "CDN-Cache-Control": "no-store" }),
      },
    },
  };
}
