// Supabase Storage: files of the application, under row-level security in Postgres, as objects in MinIO.
import type { Environment } from "../environment";
import { bytes } from "../lib/units";
import { AUTHORITY_FILE, DATABASE, publicUrl } from "./addresses";
import { storageBucket } from "./buckets";
import type { SecretName } from "./secrets";
import {
  certificate,
  endpoint,
  exec,
  file,
  type ServiceName,
  type ServiceSpec,
  secret,
  self,
  service,
  type Text,
  text,
} from "./spec";

export type StorageArgs = Environment["storage"] & {
  /** The stack; its bucket is named after it. */
  readonly stack: string;
  readonly domain: string;
  /** Port at which the outside reaches Traefik. */
  readonly httpsPort: number;
  /** imgproxy runs in this stack; without it no image changes its size. */
  readonly imgproxy: boolean;
};

/** Its path below the gateway. */
export const STORAGE_PATH = "/storage/v1";

/**
 * Storage. Sources: supabase/storage v1.70.6, `src/config.ts`, `src/internal/database/postgres/ssl.ts` and its Dockerfile.
 * Postgres' authority stands in its URLs and, as the PEM itself, in a variable; what else it connects to is verified with
 * `NODE_EXTRA_CA_CERTS`.
 * Migrations take the direct connection, requests the pooler. `/metrics` stands on the port of the API: whatever leads there
 * from outside keeps it inside.
 */
export function storage(args: StorageArgs): ServiceSpec {
  const { copies, stack, fileSize, images, imagesPerSecond, imgproxy, s3 } = args;
  const objects = objectStore(s3);
  return service("storage", {
    purpose: "Keeps the application's files under row-level security (Supabase Storage)",
    shape: "stateless",
    copies,
    image: "storage-api",
    args: ["node", "--require", file("metrics.cjs"), "dist/start/server.js"],
    env: {
      NODE_ENV: "production",
      NODE_EXTRA_CA_CERTS: file("authority.pem"),
      SERVER_PORT: self({ port: "http" }),
      SERVER_REGION: REGION,
      TENANT_ID: stack,
      STORAGE_PUBLIC_URL: publicUrl("api", args),
      REQUEST_ALLOW_X_FORWARDED_PATH: "true",
      TUS_URL_PATH: "/upload/resumable",
      S3_PROTOCOL_PREFIX: STORAGE_PATH,
      UPLOAD_FILE_SIZE_LIMIT: String(bytes(fileSize)),
      STORAGE_BACKEND: "s3",
      STORAGE_S3_BUCKET: s3?.bucket ?? storageBucket(stack),
      STORAGE_S3_ENDPOINT: objects,
      // imgproxy follows addresses that are signed for this one.
      STORAGE_S3_PRIVATE_ASSET_ENDPOINT: objects,
      STORAGE_S3_FORCE_PATH_STYLE: String(s3?.pathStyle ?? true),
      STORAGE_S3_REGION: s3?.region ?? REGION,
      STORAGE_S3_REQUEST_CHECKSUM_CALCULATION: "WHEN_REQUIRED",
      STORAGE_S3_RESPONSE_CHECKSUM_VALIDATION: "WHEN_REQUIRED",
      AWS_ACCESS_KEY_ID: s3?.accessKeyId ?? "storage",
      DATABASE_MAX_CONNECTIONS: "20",
      IMAGE_TRANSFORMATION_ENABLED: String(images && imgproxy),
      ...(images && imgproxy && { IMGPROXY_URL: text`http://${endpoint("imgproxy", "http")}` }),
      RATE_LIMITER_ENABLED: "true",
      RATE_LIMITER_DRIVER: "redis",
      RATE_LIMITER_RENDER_PATH_MAX_REQ_SEC: String(imagesPerSecond),
      // Images are served while Redis is away: it counts, it does not guard.
      RATE_LIMITER_SKIP_ON_ERROR: "true",
      OTEL_METRICS_ENABLED: "true",
      PROMETHEUS_METRICS_ENABLED: "true",
    },
    secretEnv: {
      ANON_KEY: secret("anon-key"),
      SERVICE_KEY: secret("service-role-key"),
      AUTH_JWT_SECRET: secret("jwt-secret"),
      JWT_JWKS: secret("jwt-jwks"),
      DATABASE_URL: databaseUrl("postgres", "primary"),
      DATABASE_POOL_URL: databaseUrl("pgbouncer", "sql"),
      DATABASE_SSL_ROOT_CERT: certificate("authority", "certificate"),
      AWS_SECRET_ACCESS_KEY: secret(s3 === undefined ? "minio-storage" : "storage-s3-secret"),
      S3_PROTOCOL_ACCESS_KEY_ID: secret("s3-protocol-key-id"),
      S3_PROTOCOL_ACCESS_KEY_SECRET: secret("s3-protocol-key-secret"),
      RATE_LIMITER_REDIS_URL: text`rediss://:${secret("redis")}@${endpoint("redis", "primary")}`,
    },
    ports: { http: 5000 },
    scratch: { "/tmp": "256 MiB" },
    files: { ...AUTHORITY_FILE, "metrics.cjs": METRICS },
    ready: exec("wget", "-q", "-O", "/dev/null", text`http://localhost:${self({ port: "http" })}/status`),
    after: {
      ...{ "postgres-setup": "done", pgbouncer: "ready", redis: "ready" },
      ...(s3 === undefined && { "minio-setup": "done" }),
    },
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: s3 === undefined ? ["app", "data"] : ["edge", "app", "data"],
    metrics: [{ port: "http", path: "/metrics", scheme: "http" }],
  });
}

/** Address of the S3 that keeps the files: the stack's MinIO, unless it names another one. */
export function objectStore(s3: Environment["storage"]["s3"]): Text {
  return s3?.endpoint ?? text`https://${endpoint("minio", "api")}`;
}

/**
 * Loaded before Storage, which at v1.70.6 writes the label `region` twice into some of its metrics (`src/internal/monitoring/otel-metrics.ts`):
 * Prometheus then refuses all of them. *Remove it when the pinned version does not.*
 */
const METRICS = `// Writes each label of a metric once.
try {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { PrometheusSerializer } = createRequire(process.cwd() + "/")("@opentelemetry/exporter-prometheus");
  const serialize = PrometheusSerializer.prototype.serialize;
  PrometheusSerializer.prototype.serialize = function (metrics) {
    return serialize.call(this, metrics).replace(/^(\\w+)\\{(.*)\\} /gm, (_, name, labels) => {
      const once = new Map([...labels.matchAll(/(\\w+)="(?:[^"\\\\]|\\\\.)*"/g)].map(([pair, label]) => [label, pair]));
      return name + "{" + [...once.values()].join() + "} ";
    });
  };
} catch (error) {
  console.error("metrics stay as they are: " + error.message);
}
`;

/** The region that MinIO answers to, and that its signatures name. */
const REGION = "us-east-1";
const ROLE = "supabase_storage_admin";
const PASSWORD: SecretName = "postgres-storage-admin";

/**
 * With TLS parameters, although `DATABASE_SSL_ROOT_CERT` says the same: the connection that listens for changes reads nothing
 * else, and would ask Postgres in clear.
 */
function databaseUrl(of: ServiceName, port: string): Text {
  const tls = text`sslmode=verify-full&sslrootcert=${file("authority.pem")}`;
  return text`postgres://${ROLE}:${secret(PASSWORD)}@${endpoint(of, port)}/${DATABASE}?${tls}`;
}
