// Object storage: MinIO with erasure coding and encryption, and the job that applies its buckets and users.
import { erasureProblems, erasureSet } from "../lib/erasure-set";
import { refuse } from "../lib/errors";
import { bytes, type Size } from "../lib/units";
import { AUTHORITY_FILE, publicUrl } from "./addresses";
import { checkBuckets } from "./bucket-rules";
import { type Buckets, buckets, declaration } from "./buckets";
import { certificate, exec, FILES, file, peers, type ServiceSpec, secret, self, service, text } from "./spec";

export interface MinioArgs {
  readonly nodes: number;
  /** Drives of each node, each a volume. */
  readonly drives: number;
  /** Drives of an erasure set that may be lost (`EC:parity`); half of them at most. */
  readonly parity: number;
  /** Size of each drive. */
  readonly storage: Size;
  /** The stack; its storage bucket is named after it. */
  readonly environment: string;
  readonly domain: string;
  /** Port at which the outside reaches Traefik. */
  readonly httpsPort: number;
  /** Web origins whose pages may read and write objects. @default - `app.<domain>` */
  readonly origins?: readonly string[];
}

/** Access key of the root user, whom only `minio-setup` and people use. */
const ROOT_USER = "root";

const CONSOLE_POLICY =
  "default-src 'self' 'unsafe-eval' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; frame-ancestors 'none'";

/** The servers, the job that brings buckets and users to what buckets.ts declares, and what heals drives. */
export function minio(args: MinioArgs): ServiceSpec[] {
  refuse(erasureProblems(args));
  const declared = buckets({ environment: args.environment, capacity: usableCapacity(args) });
  refuse(checkBuckets(declared, usableCapacity(args)));
  return [server(args), setup(declared), ...(args.nodes * args.drives > 1 ? [healer()] : [])];
}

function server(args: MinioArgs): ServiceSpec {
  const { nodes, drives, parity, storage, domain, httpsPort } = args;
  const outside = (host: string) => publicUrl(host, { domain, httpsPort });
  const mounts = Array.from({ length: drives }, (_, drive) => `/data${drive + 1}`);
  return service("minio", {
    purpose: "S3 object storage (MinIO)",
    shape: "stateful",
    copies: nodes,
    image: "minio",
    args: [
      ...["minio", "server", "--json", "--certs-dir", FILES],
      ...["--address", text`:${self({ port: "api" })}`],
      ...["--console-address", text`:${self({ port: "console" })}`],
    ],
    env: {
      MINIO_VOLUMES:
        nodes === 1
          ? mounts.join(" ")
          : peers("minio", "api", {
              format: mounts.map((mount) => `https://{host}:{port}${mount}`).join(" "),
              separator: " ",
            }),
      MINIO_ROOT_USER: ROOT_USER,
      MINIO_ROOT_PASSWORD_FILE: file("root-password"),
      MINIO_KMS_SECRET_KEY_FILE: file("kms-key"),
      MINIO_KMS_AUTO_ENCRYPTION: "on",
      MINIO_STORAGE_CLASS_STANDARD: `EC:${parity}`,
      MINIO_STORAGE_CLASS_RRS: `EC:${Math.ceil(parity / 2)}`,
      MINIO_SITE_REGION: "us-east-1",
      MINIO_DOMAIN: `storage.${domain}`,
      MINIO_BROWSER: "on",
      // No MINIO_SERVER_URL: the console would sign in through that address, which leads outside and back, and fails.
      MINIO_BROWSER_REDIRECT_URL: outside("minio"),
      // Its own policy lets scripts from a public package mirror run.
      MINIO_BROWSER_CONTENT_SECURITY_POLICY: CONSOLE_POLICY,
      // The port is not published and Traefik keeps /minio/ inside, so metrics need no token.
      MINIO_PROMETHEUS_AUTH_TYPE: "public",
      MINIO_API_CORS_ALLOW_ORIGIN: (args.origins ?? [outside("app")]).join(","),
      MINIO_API_STALE_UPLOADS_EXPIRY: "24h",
      MINIO_UPDATE: "off",
      // A node that came back with another address would be looked for at its old one for half a minute.
      MINIO_DNS_CACHE_TTL: "3s",
    },
    ports: { api: 9000, console: 9001 },
    volumes: Object.fromEntries(mounts.map((mount) => [mount.slice(1), { mount, size: storage }])),
    files: {
      "public.crt": certificate("minio", "certificate"),
      "private.key": certificate("minio", "key"),
      "CAs/ca.crt": certificate("authority", "certificate"),
      "root-password": secret("minio-root"),
      "kms-key": text`groundwork:${secret("minio-kms")}`,
    },
    ready: exec("minio-ready", self({ port: "api" }), file("CAs/ca.crt")),
    // Answers also while other nodes are away, which a restart of this one would not bring back.
    alive: exec(
      ...["curl", "--silent", "--fail", "--cacert", file("CAs/ca.crt"), "--output", "/dev/null"],
      text`https://localhost:${self({ port: "api" })}/minio/health/live`,
    ),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 1024 },
    networks: ["app", "data"],
    routes: [
      {
        host: "storage",
        port: "api",
        entry: "https",
        protocol: "https",
        admin: false,
        limits: ["general", "upload"],
        health: "/minio/health/live",
        // Administration, health and metrics share the port with S3.
        internalPaths: ["/minio/"],
      },
      {
        host: "minio",
        port: "console",
        entry: "https",
        protocol: "https",
        admin: true,
        limits: ["general"],
        // What the console has open, such as a long listing, stays with one node.
        affinity: true,
      },
    ],
    // Every node answers for the cluster and its buckets, and alone for itself.
    metrics: [
      { job: "minio", port: "api", path: "/minio/v2/metrics/node", scheme: "https" },
      { job: "minio-resource", port: "api", path: "/minio/v2/metrics/resource", scheme: "https" },
      { job: "minio-cluster", port: "api", path: "/minio/v2/metrics/cluster", scheme: "https", shared: true },
      { job: "minio-bucket", port: "api", path: "/minio/v2/metrics/bucket", scheme: "https", shared: true },
    ],
    tls: ["api", "console"],
    backup: "mirror",
  });
}

function setup(declared: Buckets): ServiceSpec {
  return service("minio-setup", {
    purpose: "Applies buckets, S3 users and their policies",
    shape: "job",
    image: "minio",
    args: ["minio-setup"],
    env: {
      MINIO_ENDPOINTS: ENDPOINTS,
      MINIO_ROOT_USER: ROOT_USER,
      // mc and curl each have a variable of their own for the authority that they trust.
      SSL_CERT_FILE: file("authority.pem"),
      CURL_CA_BUNDLE: file("authority.pem"),
    },
    files: {
      "buckets.json": `${JSON.stringify(declaration(declared), null, 2)}\n`,
      "root-password": secret("minio-root"),
      ...Object.fromEntries(declared.users.map((user) => [`users/${user.name}`, secret(user.secret)])),
      ...AUTHORITY_FILE,
    },
    scratch: { "/tmp": "16 MiB" },
    after: { minio: "ready" },
    priority: "second",
    resources: { cpu: 0.5, memory: "256 MiB", processes: 1024 },
    networks: ["data"],
  });
}

function healer(): ServiceSpec {
  return service("minio-heal", {
    purpose: "Repairs what a MinIO drive missed while it was away",
    shape: "stateless",
    image: "minio",
    args: ["minio-heal"],
    env: { MINIO_ENDPOINTS: ENDPOINTS, SSL_CERT_FILE: file("authority.pem") },
    files: { password: secret("minio-heal"), ...AUTHORITY_FILE },
    scratch: { "/tmp": "16 MiB" },
    // It is well while it keeps looking; whether all drives are there is not its own health.
    ready: exec("sh", "-c", 'test -n "$(find /tmp/alive -newermt "-60 seconds")"'),
    after: { "minio-setup": "done" },
    priority: "last",
    resources: { cpu: 0.25, memory: "128 MiB", processes: 1024 },
    networks: ["data"],
    stopGrace: "5 seconds",
  });
}

/** Every node, for clients that take the first one that answers. */
const ENDPOINTS = peers("minio", "api", { format: "https://{host}:{port}", separator: " " });

/** Bytes that can be stored: what the drives hold, less the share that parity takes. */
export function usableCapacity({
  nodes,
  drives,
  parity,
  storage,
}: Pick<MinioArgs, "nodes" | "drives" | "parity" | "storage">): number {
  const set = erasureSet(nodes * drives);
  return Math.floor((nodes * drives * bytes(storage) * (set - parity)) / set);
}
