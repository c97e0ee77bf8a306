// Every image the platform runs, in two tables: those built here from images/<name>/, and those that others publish.
import type { Environment } from "../environment";
import type { Problem } from "../lib/errors";
import type { PULLED_IMAGE_NAMES } from "../values/place";

/** A tool of tools/pins.ts that is copied into an image: a program, or a tree of npm packages as a tar. */
export type ImageTool = "minio" | "mc" | "traefik" | "envoy" | "postgres-meta" | "loki" | "otelcol";

/** How one image is made. */
export interface BuiltImage {
  /** Tools that the Dockerfile copies from `bin/` of its build context. */
  readonly tools: readonly ImageTool[];
  /** The user (and group) its processes run as; unique, because process limits count per user. */
  readonly uid: number;
}

/** An image that its publisher keeps in a registry. */
export interface PulledImage {
  /** Repository and version, as the publisher names them. */
  readonly pull: string;
  readonly uid: number;
  /** Why it cannot be built from packages, for stacks that pull nothing. */
  readonly notBuilt: string;
}

export const BUILT_IMAGES = {
  etcd: { uid: 2101, tools: [] },
  postgres: { uid: 2102, tools: [] },
  haproxy: { uid: 2103, tools: [] },
  pgbouncer: { uid: 2104, tools: [] },
  valkey: { uid: 2105, tools: [] },
  minio: { uid: 2106, tools: ["minio", "mc"] },
  traefik: { uid: 2107, tools: ["traefik"] },
  envoy: { uid: 2110, tools: ["envoy"] },
  meta: { uid: 2111, tools: ["postgres-meta"] },
  prometheus: { uid: 2108, tools: [] },
  exporters: { uid: 2109, tools: [] },
  loki: { uid: 2113, tools: ["loki"] },
  collector: { uid: 2114, tools: ["otelcol"] },
} as const satisfies Record<string, BuiltImage>;

/** The tags are those of Supabase's self-hosted v0.8.1: they work as a set alone. */
export const PULLED_IMAGES = {
  grafana: { uid: 2112, pull: "grafana/grafana:13.2.3", notBuilt: "no package carries Grafana's web pages" },
  gotrue: { uid: 2150, pull: "supabase/gotrue:v2.196.0", notBuilt: "no package carries Supabase Auth" },
  postgrest: { uid: 2151, pull: "postgrest/postgrest:v14.17", notBuilt: "no package carries PostgREST" },
  realtime: { uid: 2152, pull: "supabase/realtime:v2.134.10", notBuilt: "no package carries Supabase Realtime" },
  "storage-api": { uid: 2153, pull: "supabase/storage-api:v1.74.0", notBuilt: "no package carries Supabase Storage" },
  imgproxy: { uid: 2154, pull: "darthsim/imgproxy:v3.31.4", notBuilt: "no package carries imgproxy" },
  "edge-runtime": {
    uid: 2155,
    pull: "supabase/edge-runtime:v1.76.2",
    notBuilt: "no package carries Supabase's edge runtime",
  },
  studio: {
    uid: 2156,
    pull: "supabase/studio:2026.09.07-sha-7996410",
    notBuilt: "no package carries Supabase Studio",
  },
  kong: { uid: 2159, pull: "kong/kong:3.9.3", notBuilt: "no package carries Kong" },
} as const satisfies Record<PulledImageName, PulledImage>;

export type BuiltImageName = keyof typeof BUILT_IMAGES;
export type PulledImageName = (typeof PULLED_IMAGE_NAMES)[number];
export type ImageName = BuiltImageName | PulledImageName;

export const IMAGES: Readonly<Record<ImageName, BuiltImage | PulledImage>> = { ...BUILT_IMAGES, ...PULLED_IMAGES };

/** The values of a stack that say where its images come from. */
export type ImageValues = Pick<Environment, "images" | "registry" | "ownImages">;

/** Why a stack cannot have the image `name`; undefined when it can. */
export function missingImage(name: ImageName, { images, ownImages }: ImageValues): string | undefined {
  const image = IMAGES[name];
  if (images !== "build" || !("pull" in image) || ownImages[name as PulledImageName] !== undefined) return undefined;
  return `${image.notBuilt}, and this stack pulls no images`;
}

/** Digests by the reference of the image that each was pinned for, e.g. `grafana/grafana:13.2.3` → `sha256:…`. */
export type ImageDigests = Readonly<Record<string, string>>;

/** Whether a stack takes an image from a registry; else the image is there before anything runs. */
export function isPulled(name: ImageName, { images }: Pick<ImageValues, "images">): boolean {
  return images === "registry" || isPublished(name);
}

/**
 * The full reference of an image, with its digest where it is pulled and pinned. `tags` are the content tags of built ones, e.g.
 * `groundwork/etcd:0123456789abcdef`; a stack with a registry finds them there under the same name and tag.
 */
export function imageReference(
  name: ImageName,
  values: ImageValues,
  tags: Readonly<Record<BuiltImageName, string>>,
  digests: ImageDigests = {},
): string {
  const reference = taggedReference(name, values, tags);
  const digest = isPulled(name, values) ? digests[reference] : undefined;
  return digest === undefined ? reference : `${reference}@${digest}`;
}

function taggedReference(
  name: ImageName,
  { images, registry, ownImages }: ImageValues,
  tags: Readonly<Record<BuiltImageName, string>>,
): string {
  if (isPublished(name)) return ownImages[name] ?? PULLED_IMAGES[name].pull;
  const tag = tags[name];
  return images === "registry" && registry !== undefined ? tag.replace(/^groundwork/, registry) : tag;
}

/** Where a stack demands digests, every image that could be another one tomorrow. `image` gives references. */
export function checkDigests(
  names: readonly ImageName[],
  environment: Pick<Environment, "images" | "digests">,
  image: (name: ImageName) => string,
): readonly Problem[] {
  if (environment.digests !== "required") return [];
  const open = [...new Set(names)].filter((name) => isPulled(name, environment) && !image(name).includes("@"));
  return open.map((name) => ({
    path: `images/lock.json: ${image(name)}`,
    fact: "has no digest, and this stack's digests are required",
    hint: isPublished(name)
      ? "./groundwork images pin; an image of your own has its digest in ownImages"
      : "./groundwork images push --registry, with this stack's registry",
  }));
}

function isPublished(name: ImageName): name is PulledImageName {
  return name in PULLED_IMAGES;
}
