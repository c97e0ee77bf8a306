// The values of one stack: their schema, their defaults, and the only way to read them. Pure but for `readStackFile`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { InvalidInput, invalid, type Problem } from "./lib/errors";

const size = z
  .templateLiteral([z.number().positive(), " ", z.enum(["KiB", "MiB", "GiB", "TiB"])])
  .describe('a size, e.g. "10 GiB"');
const duration = z
  .templateLiteral([z.number().positive(), " ", z.enum(["seconds", "minutes", "hours", "days"])])
  .describe('a time span, e.g. "15 minutes"');
const port = z.int().min(1).max(65_535);
const cidr = z.union([z.cidrv4(), z.cidrv6()]);
const limit = z.strictObject({ requests: z.int().positive(), per: duration });

/** The schema of a stack's values. Every key has a default except `platform` and `domain`. */
export const stackValues = z.strictObject({
  platform: z.enum(["docker", "kubernetes"]).describe("where the stack runs"),
  domain: z.hostname().describe("services are reached at <service>.<domain>"),
  images: z.enum(["build", "registry"]).default("build").describe("build images here, or pull them by digest"),
  protect: z.boolean().default(true).describe("stateful resources survive `down` and cannot be deleted by `up`"),
  publish: z
    .strictObject({
      address: z.union([z.ipv4(), z.ipv6()]).default("127.0.0.1"),
      http: port.default(8080),
      https: port.default(8443),
      postgres: port.default(5432),
      postgresReplicas: port.default(5433),
    })
    .prefault({})
    .describe("host address and ports that Traefik opens; nothing else opens any"),
  etcd: z
    .strictObject({ members: z.int().min(1).max(7).default(1) })
    .prefault({})
    .describe("used only where the platform brings no consensus store"),
  postgres: z
    .strictObject({
      members: z.int().min(1).max(9).default(1),
      synchronous: z.boolean().default(true).describe("a commit waits for a replica, so that failover loses none"),
      storage: size.default("10 GiB"),
      maxConnections: z.int().min(20).max(5_000).default(500),
    })
    .prefault({}),
  redis: z.strictObject({ storage: size.default("1 GiB") }).prefault({}),
  minio: z
    .strictObject({
      nodes: z.int().min(1).max(32).default(1),
      drives: z.int().min(1).max(16).default(1).describe("drives of each node"),
      parity: z.int().min(0).max(8).default(0).describe("EC:n, drives that may be lost"),
      storage: size.default("10 GiB").describe("size of each drive"),
    })
    .prefault({}),
  traefik: z.strictObject({ copies: z.int().min(1).default(1) }).prefault({}),
  limits: z
    .strictObject({
      general: limit.default({ requests: 100, per: "15 minutes" }),
      auth: limit.default({ requests: 5, per: "15 minutes" }),
      upload: limit.default({ requests: 20, per: "1 hours" }),
    })
    .prefault({})
    .describe("requests per client address; more are answered 429"),
  admin: z
    .strictObject({ allow: z.array(cidr).default([]) })
    .prefault({})
    .describe("addresses that may open dashboards and consoles; empty closes them"),
});

/** One stack's complete, checked values. */
export type Environment = Readonly<z.output<typeof stackValues>> & { readonly stack: string };

/** Configuration namespace in the stack files. */
export const NAMESPACE = "groundwork:";

/** Checks `values` and fills in defaults; throws `InvalidInput` with every problem, each with its path in the stack file. */
export function parseEnvironment(stack: string, values: Readonly<Record<string, unknown>>): Environment {
  const result = stackValues.safeParse(values, { reportInput: true });
  if (result.success) return { ...result.data, stack };
  const where = `stacks/Pulumi.${stack}.yaml`;
  throw new InvalidInput(result.error.issues.flatMap((issue) => problems(where, issue)));
}

/** The `groundwork:` values of `stacks/Pulumi.<stack>.yaml` below `root`, unchecked. */
export function readStackFile(root: string, stack: string): Record<string, unknown> {
  const path = join(root, "stacks", `Pulumi.${stack}.yaml`);
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch {
    throw invalid(
      `stacks/Pulumi.${stack}.yaml`,
      "does not exist",
      "copy stacks/Pulumi.local.yaml and change its ports",
    );
  }
  const config: Record<string, unknown> = parse(source)?.config ?? {};
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(NAMESPACE) ? [[key.slice(NAMESPACE.length), value]] : [],
    ),
  );
}

function problems(where: string, issue: z.core.$ZodIssue): Problem[] {
  const at = (path: readonly PropertyKey[]) => `${where}: ${path.join("/")}`;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: at([...issue.path, key]),
      fact: "is not a known value",
      hint: "see stacks/schema.json for the names",
    }));
  const got = issue.input === undefined ? "nothing" : JSON.stringify(issue.input);
  return [{ path: at(issue.path), fact: `${issue.message.toLowerCase()}, got ${got}`, hint: hintFor(issue) }];
}

function hintFor(issue: z.core.$ZodIssue): string {
  const name = issue.path.at(-1);
  return `see ${String(name ?? "the file")} in stacks/schema.json`;
}
