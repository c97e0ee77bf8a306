// The other Supabase services: what their values become, whom they reach, and how they prove who they are.
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../environment";
import { connections } from "./connections";
import { checkFunctions } from "./function-sources";
import { functions } from "./functions";
import { imgproxy } from "./imgproxy";
import { REALTIME_HOST, REALTIME_TENANT, realtime } from "./realtime";
import { rest } from "./rest";
import { certificate, endpoint, file, secret, self, type Text, text, textParts } from "./spec";
import { objectStore, storage } from "./storage";
import { studio } from "./studio";

const environment = parseEnvironment("test", { platform: "docker", domain: "example.org" });
const outside = { stack: "test", domain: "example.org", httpsPort: 443 };
const sources = { main: { "index.ts": "main" }, functions: { "hello/index.ts": "hello" } };
const plain = (value: Text | undefined) =>
  textParts(value ?? "")
    .map((part) => (typeof part === "string" ? part : "…"))
    .join("");

describe("rest", () => {
  const spec = rest({ ...environment.rest, tokenLifetime: "1 hours" });

  test("its image has no shell: secrets are files that it reads itself", () => {
    expect(spec.secretEnv).toEqual({});
    expect(spec.env.PGRST_DB_URI).toEqual(text`@${file("database-url")}`);
    expect(spec.env.PGRST_JWT_SECRET).toEqual(text`@${file("jwks.json")}`);
    expect(spec.files["jwks.json"]).toEqual(secret("jwt-jwks"));
  });

  test("it connects to the primary as authenticator, and verifies it", () => {
    expect(plain(spec.files["database-url"])).toBe(
      "postgres://authenticator:…@…/postgres?sslmode=verify-full&sslrootcert=…",
    );
  });

  test("storage's tables are not part of the API", () => {
    expect(spec.env.PGRST_DB_SCHEMAS).toBe("public,graphql_public");
  });
});

describe("realtime", () => {
  test("its copies are one cluster: each says where it is, all have one cookie, and they reach each other at its ports alone", () => {
    const spec = realtime({ ...environment.realtime, copies: 3 });
    expect(spec.copies).toBe(3);
    expect(spec.env).toMatchObject({ CLUSTER_STRATEGIES: "POSTGRES", NODE_HOST: self("host") });
    expect(spec.secretEnv.RELEASE_COOKIE).toEqual(secret("realtime-cookie"));
    const among = connections([spec]).filter(({ from, to }) => from === to);
    expect(among.map(({ port }) => port).sort()).toEqual(["distribution", "epmd", "http", "rpc"]);
  });

  test("a thousand messages a minute are never exceeded by its count per second", () => {
    const perSecond = (messagesPerMinute: number) =>
      Number(realtime({ ...environment.realtime, messagesPerMinute }).env.TENANT_MAX_EVENTS_PER_SECOND);
    expect([perSecond(1000), perSecond(1000) * 60 <= 1000]).toEqual([16, true]);
    expect(perSecond(1)).toBe(1);
  });

  test("the tenant is the first label of the host that the gateway writes", () => {
    expect(REALTIME_HOST.split(".")[0]).toBe(REALTIME_TENANT);
    expect(realtime(environment.realtime).env.SELF_HOST_TENANT_NAME).toBe(REALTIME_TENANT);
  });

  test("Postgres is verified, and the metrics have a secret of their own", () => {
    const { env, secretEnv } = realtime(environment.realtime);
    expect([env.DB_SSL, env.DB_SSL_CA_CERT]).toEqual(["true", file("authority.pem")]);
    expect(secretEnv.METRICS_JWT_SECRET).toEqual(secret("metrics-jwt-secret"));
  });

  test("the probe's token is in a file, not among its arguments", () => {
    const { ready, files } = realtime(environment.realtime);
    expect(ready?.command).toContainEqual(text`@${file("probe-header")}`);
    expect(files["probe-header"]).toEqual(text`Authorization: Bearer ${secret("anon-key")}`);
  });
});

describe("storage", () => {
  const build = (imgproxy: boolean) => storage({ ...environment.storage, ...outside, imgproxy });

  test("a file has 50 MiB at most", () => {
    expect(build(true).env.UPLOAD_FILE_SIZE_LIMIT).toBe(String(50 * 2 ** 20));
  });

  test("its objects lie in the stack's bucket, under a key that opens nothing else", () => {
    const { env, secretEnv } = build(true);
    expect([env.STORAGE_S3_BUCKET, env.AWS_ACCESS_KEY_ID]).toEqual(["storage-test", "storage"]);
    expect(secretEnv.AWS_SECRET_ACCESS_KEY).toEqual(secret("minio-storage"));
  });

  test("another S3 that the stack names keeps them instead, and nothing else of it changes", () => {
    const s3 = {
      endpoint: "https://s3.example.org",
      region: "auto",
      bucket: "media",
      accessKeyId: "key",
      pathStyle: false,
    };
    const [own, other] = [build(true), storage({ ...environment.storage, ...outside, imgproxy: true, s3 })];
    const changed = Object.entries(other.env).filter(([name, value]) => plain(own.env[name]) !== plain(value));
    expect(Object.fromEntries(changed)).toEqual({
      STORAGE_S3_BUCKET: "media",
      STORAGE_S3_ENDPOINT: "https://s3.example.org",
      STORAGE_S3_PRIVATE_ASSET_ENDPOINT: "https://s3.example.org",
      STORAGE_S3_FORCE_PATH_STYLE: "false",
      STORAGE_S3_REGION: "auto",
      AWS_ACCESS_KEY_ID: "key",
    });
    expect(other.secretEnv).toEqual({ ...own.secretEnv, AWS_SECRET_ACCESS_KEY: secret("storage-s3-secret") });
    expect([own.networks, other.networks]).toEqual([
      ["app", "data"],
      ["edge", "app", "data"],
    ]);
    const pictures = imgproxy({ ...environment.imgproxy, objects: objectStore(s3) });
    expect([plain(pictures.env.IMGPROXY_ALLOWED_SOURCES), pictures.networks]).toEqual([
      "https://s3.example.org/",
      ["edge", "app", "data"],
    ]);
  });

  test("requests take the pooler, migrations the primary, both verified", () => {
    const { secretEnv } = build(true);
    expect(textParts(secretEnv.DATABASE_POOL_URL ?? "")).toContainEqual(endpoint("pgbouncer", "sql"));
    expect(textParts(secretEnv.DATABASE_URL ?? "")).toContainEqual(endpoint("postgres", "primary"));
    expect(secretEnv.DATABASE_SSL_ROOT_CERT).toEqual(certificate("authority", "certificate"));
    for (const url of [secretEnv.DATABASE_URL, secretEnv.DATABASE_POOL_URL])
      expect(plain(url)).toMatch(/sslmode=verify-full&sslrootcert=…$/);
  });

  test("its metrics carry each label once, since Prometheus refuses all of them otherwise", () => {
    class PrometheusSerializer {
      serialize(lines: string) {
        return lines;
      }
    }
    const process = {
      cwd: () => "/app",
      getBuiltinModule: () => ({ createRequire: () => () => ({ PrometheusSerializer }) }),
    };
    const { args, files } = build(true);
    expect(args).toEqual(["node", "--require", file("metrics.cjs"), "dist/start/server.js"]);
    new Function("process", plain(files["metrics.cjs"]))(process);
    expect(
      new PrometheusSerializer().serialize(
        '# TYPE a gauge\na{region="u",path="x\\"{}, y",region="u"} 1\nb{c="",d="1"} 2\ne 3\n',
      ),
    ).toBe('# TYPE a gauge\na{region="u",path="x\\"{}, y"} 1\nb{c="",d="1"} 2\ne 3\n');
  });

  test("Redis counts, over TLS", () => {
    expect(plain(build(true).secretEnv.RATE_LIMITER_REDIS_URL)).toBe("rediss://:…@…");
  });

  test("without imgproxy in the stack, images keep their size", () => {
    expect([build(true).env.IMAGE_TRANSFORMATION_ENABLED, build(false).env.IMAGE_TRANSFORMATION_ENABLED]).toEqual([
      "true",
      "false",
    ]);
    expect(build(false).env).not.toHaveProperty("IMGPROXY_URL");
  });
});

test("imgproxy takes pictures from the object store and from nowhere else", () => {
  const { env, networks } = imgproxy({ ...environment.imgproxy, objects: objectStore(undefined) });
  expect(env.IMGPROXY_ALLOWED_SOURCES).toEqual(text`https://${endpoint("minio", "api")}/`);
  expect(networks).toEqual(["app", "data"]);
});

describe("functions", () => {
  const build = (credentials: Record<string, Record<string, string>> = {}) =>
    functions({ ...environment.functions, ...outside, gateway: "https://gateway", sources, credentials });

  test("main service and functions are delivered files", () => {
    expect(build().files).toMatchObject({ "main/index.ts": "main", "functions/hello/index.ts": "hello" });
  });

  test("they get URL, keys and the secret that tokens are signed with", () => {
    const { env, secretEnv } = build();
    expect([env.SUPABASE_URL, env.SUPABASE_PUBLIC_URL]).toEqual(["https://gateway", "https://api.example.org"]);
    expect([secretEnv.SUPABASE_ANON_KEY, secretEnv.SUPABASE_SERVICE_ROLE_KEY, secretEnv.JWT_SECRET]).toEqual([
      secret("anon-key"),
      secret("service-role-key"),
      secret("jwt-secret"),
    ]);
  });

  test("a credential is a file of one function, and no variable of all", () => {
    const spec = build({ hello: { OPENAI_API_KEY: "openai-key" } });
    expect(spec.files["credentials/hello/OPENAI_API_KEY"]).toEqual(secret("openai-key"));
    expect(Object.keys({ ...spec.env, ...spec.secretEnv })).not.toContain("OPENAI_API_KEY");
  });

  test("credentials of no function, unknown secrets and functions without a beginning are refused", () => {
    const problems = checkFunctions(
      { ...environment.functions, credentials: { bye: { KEY: "openai-key" }, hello: { KEY: "jwt-secret" } } },
      { main: {}, functions: { "hello/index.ts": "", "half/other.ts": "" } },
    );
    expect(problems.map(({ path }) => path)).toEqual([
      "functions/folder/half",
      "functions/credentials/bye",
      "functions/credentials/hello/KEY",
    ]);
  });
});

test("Studio signs in as the dashboard's role, and opens no way outside unless its assistant needs one", () => {
  const build = (assistant: boolean) =>
    studio({ ...environment.studio, ...outside, assistant, gateway: "g", meta: "m", rest: environment.rest });
  expect(build(false).env).toMatchObject({ POSTGRES_USER_READ_WRITE: "dashboard_user", DEFAULT_PROJECT_NAME: "test" });
  expect(build(false).networks).not.toContain("edge");
  expect(build(true).networks).toContain("edge");
  expect(build(true).secretEnv.OPENAI_API_KEY).toEqual(secret("openai-key"));
});
