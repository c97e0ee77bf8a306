// The values of one stack: their schema, their defaults, and the rules between them.
import { z } from "zod";
import { crossProblems } from "./environment-rules";
import { refuse } from "./lib/errors";
import { schemaProblems } from "./lib/schema-problems";
import type { Duration, Size } from "./lib/units";
import { stackFile } from "./stack-file";

export { configValues, NAMESPACE, readStackFile } from "./stack-file";

// Descriptions and examples are written once: editors show them, and the errors of `parseEnvironment` give them as hints.

const quantity = <T extends string>(what: string, units: readonly string[]) => {
  const message = `must be a ${what} with its unit (${units.join(", ")})`;
  return z.string(message).regex(new RegExp(`^(?=.*[1-9])\\d+(\\.\\d+)? (${units.join("|")})$`), message) as z.ZodType<
    unknown,
    string
  > as z.ZodType<T, string>;
};
const size = quantity<Size>("size", ["KiB", "MiB", "GiB", "TiB"]);
const duration = quantity<Duration>("time span", ["seconds", "minutes", "hours", "days"]);
const address = z.union([z.ipv4(), z.ipv6()], "must be an IP address");
const range = z.union([z.cidrv4(), z.cidrv6()], "must be an address range in CIDR form");
const hostPort = (preset: number, what: string) =>
  z
    .int()
    .min(1)
    .max(65_535)
    .default(preset)
    .meta({ description: `a free port of the host for ${what}`, examples: [preset] });
const limit = (requests: number, per: Duration, what: string) =>
  z
    .strictObject({
      requests: z
        .int()
        .min(1)
        .meta({ description: "how many requests one address may make", examples: [requests] }),
      per: duration.meta({ description: "the time in which they are counted", examples: [per] }),
    })
    .default({ requests, per })
    .meta({
      description: `requests of one client address ${what}; more are answered 429`,
      examples: [{ requests, per }],
    });

/** The schema of a stack's values. Every key has a default except `platform` and `domain`. */
export const stackValues = z.strictObject({
  platform: z
    .enum(["docker", "kubernetes"])
    .meta({ description: "docker runs the stack on one host, kubernetes on a cluster", examples: ["docker"] }),
  domain: z.hostname("must be a host name without scheme, port or path").meta({
    description: "services are reached at <service>.<domain>",
    examples: ["example.org"],
  }),
  images: z
    .enum(["build", "registry"])
    .default("build")
    .meta({
      description: "build makes the images on this machine, registry pulls them by digest",
      examples: ["build"],
    }),
  protect: z
    .boolean()
    .default(true)
    .meta({
      description: "true keeps stateful resources: `down` leaves them and `up` cannot delete them",
      examples: [true],
    }),
  publish: z
    .strictObject({
      address: address.default("127.0.0.1").meta({
        description: "address of this host to listen on; 0.0.0.0 opens the ports to everyone",
        examples: ["127.0.0.1"],
      }),
      http: hostPort(8080, "HTTP, which only redirects"),
      https: hostPort(8443, "HTTPS"),
      postgres: hostPort(5432, "Postgres, primary"),
      postgresReplicas: hostPort(5433, "Postgres, replicas"),
    })
    .prefault({})
    .meta({ description: "host address and ports that Traefik opens; nothing else opens any" }),
  etcd: z
    .strictObject({
      members: z
        .int()
        .min(1)
        .max(7)
        .default(1)
        .meta({ description: "an odd number of members", examples: [3] }),
    })
    .prefault({})
    .meta({ description: "the consensus store, used only where the platform brings none" }),
  postgres: z
    .strictObject({
      members: z
        .int()
        .min(1)
        .max(9)
        .default(1)
        .meta({
          description: "members of the cluster, one of them primary; with 2 or more the loss of one is survived",
          examples: [2],
        }),
      synchronous: z
        .boolean()
        .default(true)
        .meta({
          description: "true makes a commit wait for a replica, where there is one, so that failover loses none",
          examples: [true],
        }),
      storage: size.default("10 GiB").meta({ description: "data volume of each member", examples: ["10 GiB"] }),
      maxConnections: z
        .int()
        .min(20)
        .max(5_000)
        .default(500)
        .meta({
          description: "ceiling of server connections; clients share them through PgBouncer",
          examples: [500],
        }),
    })
    .prefault({})
    .meta({ description: "the database cluster" }),
  redis: z
    .strictObject({
      storage: size.default("1 GiB").meta({ description: "volume of the append-only file", examples: ["1 GiB"] }),
    })
    .prefault({})
    .meta({ description: "cache, sessions and queues" }),
  minio: z
    .strictObject({
      nodes: z
        .int()
        .min(1)
        .max(32)
        .default(1)
        .meta({ description: "servers of the object store", examples: [4] }),
      drives: z
        .int()
        .min(1)
        .max(16)
        .default(1)
        .meta({ description: "drives of each node", examples: [1] }),
      parity: z
        .int()
        .min(0)
        .max(8)
        .default(0)
        .meta({
          description: "drives of an erasure set that may be lost (EC:n), at most half of them",
          examples: [2],
        }),
      storage: size.default("10 GiB").meta({ description: "size of each drive", examples: ["10 GiB"] }),
    })
    .prefault({})
    .meta({ description: "the object store" }),
  traefik: z
    .strictObject({
      copies: z
        .int()
        .min(1)
        .max(9)
        .default(1)
        .meta({ description: "copies of the edge proxy", examples: [1] }),
    })
    .prefault({})
    .meta({ description: "the edge proxy" }),
  limits: z
    .strictObject({
      general: limit(100, "15 minutes", "to any route"),
      auth: limit(5, "15 minutes", "to sign-in routes"),
      upload: limit(20, "1 hours", "to upload routes"),
    })
    .prefault({})
    .meta({ description: "rate limits of the edge" }),
  admin: z
    .strictObject({
      allow: z
        .array(range)
        .default([])
        .meta({ description: "address ranges that may open dashboards and consoles", examples: [["10.8.0.0/16"]] }),
    })
    .prefault({})
    .meta({ description: "who reaches the administration routes; nobody when empty" }),
});

/** One stack's complete, checked values. */
export type Environment = Readonly<z.output<typeof stackValues>> & { readonly stack: string };

/** Checks `values` and fills in defaults; throws `InvalidInput` with every problem, each with its path in the stack file. */
export function parseEnvironment(stack: string, values: Readonly<Record<string, unknown>>): Environment {
  const where = stackFile(stack);
  refuse([
    ...schemaProblems(where, stackValues, values),
    ...crossProblems(validSections(values), values).map((problem) => ({
      ...problem,
      path: `${where}: ${problem.path}`,
    })),
  ]);
  return { ...stackValues.parse(values), stack };
}

/** The sections that are valid in themselves, so that rules between values can speak before every section is right. */
function validSections(values: Readonly<Record<string, unknown>>): Partial<z.output<typeof stackValues>> {
  return Object.fromEntries(
    Object.entries(stackValues.shape).flatMap(([key, schema]) => {
      const result = schema.safeParse(values[key]);
      return result.success ? [[key, result.data]] : [];
    }),
  );
}
