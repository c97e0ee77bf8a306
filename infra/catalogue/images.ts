// Every image the platform runs, in one table. What it is built from lies in images/<name>/.

/** A tool of tools/pins.ts whose binary is copied into an image. */
export type ImageTool = "minio" | "mc" | "traefik";

/** How one image is made. */
export interface ImageSource {
  /** Binaries of the toolchain that the Dockerfile copies from `bin/` of its build context. */
  readonly tools: readonly ImageTool[];
  /** The user (and group) its processes run as; unique, because process limits count per user. */
  readonly uid: number;
}

export const IMAGES = {
  etcd: { uid: 2101, tools: [] },
  postgres: { uid: 2102, tools: [] },
  haproxy: { uid: 2103, tools: [] },
  pgbouncer: { uid: 2104, tools: [] },
  valkey: { uid: 2105, tools: [] },
  minio: { uid: 2106, tools: ["minio", "mc"] },
  traefik: { uid: 2107, tools: ["traefik"] },
} as const satisfies Record<string, ImageSource>;

export type ImageName = keyof typeof IMAGES;
