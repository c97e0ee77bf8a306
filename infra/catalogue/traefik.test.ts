// Traefik's two configurations: routers, headers, limits and what stays closed.
import { expect, test } from "vitest";
import { type Route, type ServiceName, type ServiceSpec, service } from "./spec";
import { type TraefikArgs, traefik } from "./traefik";
import { dynamicConfiguration } from "./traefik-routes";
import { staticConfiguration } from "./traefik-static";

const route = (changes: Partial<Route>): Route => ({
  host: "storage",
  port: "api",
  entry: "https",
  protocol: "https",
  admin: false,
  limits: [],
  ...changes,
});
const behind = (name: ServiceName, ...routes: readonly Route[]): ServiceSpec =>
  service(name, {
    purpose: "test",
    shape: "stateless",
    image: "minio",
    resources: { cpu: 1, memory: "1 GiB", processes: 1 },
    networks: ["app"],
    ports: { api: 9000, sql: 6432 },
    routes,
  });
const args = (changes: Partial<TraefikArgs>): TraefikArgs => ({
  domain: "example.org",
  publish: { http: 80, https: 443, postgres: 5432, postgresReplicas: 5433 },
  limits: {
    general: { requests: 100, per: "15 minutes" },
    auth: { requests: 5, per: "15 minutes" },
    upload: { requests: 20, per: "1 hours" },
  },
  admin: { allow: [] },
  services: [],
  ...changes,
});
// biome-ignore lint/suspicious/noExplicitAny: the configuration is a tree that each test looks into where it knows it.
const dynamic = (changes: Partial<TraefikArgs>): any => dynamicConfiguration(args(changes));
// biome-ignore lint/suspicious/noExplicitAny: as above.
const fixed = (changes: Partial<TraefikArgs>): any => staticConfiguration(args(changes));

const ADMIN = { allow: ["192.0.2.0/24"] };

test("a route becomes a router with its limits, after the headers so that refusals carry them", () => {
  const storage = behind(
    "minio",
    route({ limits: ["general", "upload"], internalPaths: ["/minio/"], health: "/live" }),
  );
  const { http } = dynamic({ services: [storage] });
  expect(http.routers.storage).toEqual({
    entryPoints: ["websecure"],
    rule: "Host(`storage.example.org`) && !PathPrefix(`/minio/`)",
    service: "storage",
    middlewares: ["headers-api", "limit-general", "limit-upload", "compress", "retry"],
  });
  expect(http.services.storage).toEqual({
    loadBalancer: {
      servers: [
        {
          each: {
            ref: "peers",
            service: "minio",
            port: "api",
            format: '{"url":"https://{host}:{port}"}',
            separator: ", ",
          },
        },
      ],
      serversTransport: "internal",
      healthCheck: { path: "/live", interval: "5s", timeout: "3s" },
    },
  });
});

test("what a further limit counts has a router of its own, under the same rules", () => {
  const api = behind(
    "gateway",
    route({
      host: "api",
      limits: ["general"],
      internalPaths: ["/internal"],
      limited: [
        { limit: "auth", path: "/auth/token", query: ["grant_type", "password"] },
        { limit: "auth", path: "/auth/otp" },
        { limit: "upload", path: "/files" },
      ],
    }),
  );
  const { routers } = dynamic({ services: [api] }).http;
  const host = "Host(`api.example.org`) && !PathPrefix(`/internal`)";
  expect(routers["api-auth"]).toEqual({
    ...routers.api,
    rule: `${host} && ((PathPrefix(\`/auth/token\`) && Query(\`grant_type\`, \`password\`)) || PathPrefix(\`/auth/otp\`))`,
    middlewares: ["headers-api", "limit-general", "limit-auth", "compress", "retry"],
  });
  expect(routers["api-upload"]).toMatchObject({
    rule: `${host} && (PathPrefix(\`/files\`))`,
    middlewares: ["headers-api", "limit-general", "limit-upload", "compress", "retry"],
  });
});

test("limits count requests per window, sign-ins and uploads by their methods", () => {
  const { middlewares } = dynamic({}).http;
  expect(middlewares["limit-general"]).toEqual({ plugin: { ratelimit: { requests: 100, seconds: 900 } } });
  expect(middlewares["limit-auth"].plugin.ratelimit).toEqual({ requests: 5, seconds: 900, methods: ["POST"] });
  expect(middlewares["limit-upload"].plugin.ratelimit).toEqual({
    requests: 20,
    seconds: 3600,
    methods: ["POST", "PUT"],
  });
});

test("without allowed addresses there is no admin router, no dashboard and no API", () => {
  const services = [behind("minio", route({ host: "minio", admin: true }))];
  expect(Object.keys(dynamic({ services }).http.routers)).toEqual(["metrics"]);
  expect(fixed({}).api).toBeUndefined();
});

test("with allowed addresses admin routes and the dashboard pass the list first", () => {
  const services = [behind("minio", route({ host: "minio", admin: true, limits: ["general"] }))];
  const { routers, middlewares } = dynamic({ services, admin: ADMIN }).http;
  expect(middlewares.admin).toEqual({ ipAllowList: { sourceRange: ["192.0.2.0/24"] } });
  expect(routers.minio.middlewares).toEqual(["headers-page", "admin", "limit-general", "compress", "retry"]);
  expect(routers.traefik).toMatchObject({ rule: "Host(`traefik.example.org`)", service: "api@internal" });
  expect(routers.traefik.middlewares.slice(0, 2)).toEqual(["headers-dashboard", "admin"]);
  expect(fixed({ admin: ADMIN }).api).toEqual({ dashboard: true, insecure: false, disableDashboardAd: true });
});

test("Postgres passes through untouched, each pooler behind its own port", () => {
  const services = [
    behind("pgbouncer", route({ host: "db", port: "sql", entry: "postgres", protocol: "postgres" })),
    behind(
      "pgbouncer-replicas",
      route({ host: "db-replicas", port: "sql", entry: "postgresReplicas", protocol: "postgres" }),
    ),
  ];
  expect(dynamic({ services }).tcp.routers).toEqual({
    db: { entryPoints: ["postgres"], rule: "HostSNI(`*`)", service: "db" },
    "db-replicas": { entryPoints: ["postgresReplicas"], rule: "HostSNI(`*`)", service: "db-replicas" },
  });
});

test("plain HTTP is sent to the port at which HTTPS is published", () => {
  expect(fixed({ publish: { http: 1, https: 8443, postgres: 2, postgresReplicas: 3 } }).entryPoints.web.http).toEqual({
    redirections: { entryPoint: { to: ":8443", scheme: "https", permanent: true } },
  });
});

test("only TLS 1.3 is spoken", () => {
  expect(dynamic({}).tls.options.default).toEqual({ minVersion: "VersionTLS13", sniStrict: true });
});

test("the log says nothing about who asked for what", () => {
  const { fields } = fixed({}).accessLog;
  expect(fields.defaultMode).toBe("drop");
  expect(fields.headers).toEqual({ defaultMode: "drop", names: { "X-Request-Id": "keep" } });
  for (const name of ["ClientAddr", "ClientHost", "ClientUsername", "RequestPath", "RequestLine"])
    expect(fields.names).not.toHaveProperty(name);
});

test("the certificate names every host, since few clients accept a wildcard below a single label", () => {
  const services = [behind("minio", route({}), route({ host: "minio", admin: true }))];
  expect(traefik(args({ domain: "localhost", services })).certificateNames).toEqual([
    "localhost",
    "*.localhost",
    "traefik.localhost",
    "storage.localhost",
    "minio.localhost",
  ]);
});

const ACME_TLS = { issuer: "acme", email: "ops@example.org", server: "https://acme.example.org/directory" } as const;

test("an ACME server certifies every public name, and what it issued outlives the container", () => {
  const { http } = dynamic({ services: [behind("minio", route({}))], tls: ACME_TLS, admin: ADMIN });
  expect(http.routers.storage.tls).toEqual({ certResolver: "acme" });
  expect(http.routers.traefik.tls).toEqual({ certResolver: "acme" });
  // Metrics are read from inside alone, by the stack's own certificate.
  expect(http.routers.metrics.tls).toEqual({});
  expect(fixed({ tls: ACME_TLS }).certificatesResolvers.acme.acme).toEqual({
    email: "ops@example.org",
    caServer: "https://acme.example.org/directory",
    storage: "/acme/acme.json",
    httpChallenge: { entryPoint: "web" },
    keyType: "EC256",
  });
  const { shape, volumes } = traefik(args({ tls: ACME_TLS }));
  expect([shape, volumes.acme?.mount]).toEqual(["stateful", "/acme"]);
});

test("a public certificate that others keep is taken anew when they renew it", () => {
  const tls = { issuer: "secret", server: "" } as const;
  expect(fixed({ tls }).providers.file).toEqual({ directory: "/etc/groundwork-watched", watch: true });
  expect(dynamic({ tls }).tls.certificates[1]).toEqual({
    certFile: "/etc/groundwork-watched/public/tls.crt",
    keyFile: "/etc/groundwork-watched/public/tls.key",
  });
  // Ours covers the names inside alone.
  expect(traefik(args({ tls })).certificateNames).toEqual([]);
});

test("without an ACME server nothing asks one", () => {
  expect(fixed({})).not.toHaveProperty("certificatesResolvers");
  expect(dynamic({ services: [behind("minio", route({}))] }).http.routers.storage).not.toHaveProperty("tls");
});

test("the application's files that never change are cached for a year, its pages are not", () => {
  const { http } = dynamic({ application: { url: "http://192.0.2.10:3000", assets: ["/assets/", "/img/"] } });
  expect(http.routers.app.middlewares).toEqual(["headers-page", "limit-general", "compress", "retry"]);
  expect(http.routers["app-assets"]).toMatchObject({
    rule: "Host(`app.example.org`) && (PathPrefix(`/assets/`) || PathPrefix(`/img/`))",
    middlewares: ["headers-page", "immutable", "compress", "retry"],
  });
  expect(http.middlewares.immutable.headers.customResponseHeaders).toEqual({
    "Cache-Control": "public, max-age=31536000, immutable",
  });
  expect(http.services.app.loadBalancer.servers).toEqual([{ url: "http://192.0.2.10:3000" }]);
});

test("no cache on the way keeps what an API answers", () => {
  const { middlewares } = dynamic({}).http;
  const cdn = (name: string) => middlewares[name].headers.customResponseHeaders["CDN-Cache-Control"];
  expect([cdn("headers-api"), cdn("headers-page")]).toEqual(["no-store", undefined]);
});

test("several copies count requests together, one for itself", () => {
  const limit = (copies: number) => dynamic({ copies }).http.middlewares["limit-general"].plugin.ratelimit;
  expect(limit(1)).not.toHaveProperty("redis");
  expect(limit(2)).toMatchObject({
    redis: { ref: "endpoint", service: "redis", port: "primary" },
    password: { ref: "file", name: "redis-password" },
  });
  expect(Object.keys(traefik(args({ copies: 2 })).files)).toContain("redis-password");
});
