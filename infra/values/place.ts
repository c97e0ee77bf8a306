// Where a stack runs, under which names, and from which images.
import { z } from "zod";
import { address, hostPort } from "./quantities";

/** The images that others publish, under the names that stacks give them. */
export const PULLED_IMAGE_NAMES = [
  "grafana",
  "gotrue",
  "postgrest",
  "realtime",
  "storage-api",
  "imgproxy",
  "edge-runtime",
  "studio",
  "kong",
] as const;

/** A registry and a path in it. */
export const REGISTRY = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/;

/** Repository and tag or digest; without one, or with `latest`, the next run might find something else. */
const reference = z
  .string()
  .regex(
    /^([a-z0-9.-]+(:\d+)?\/)?[a-z0-9._-]+(\/[a-z0-9._-]+)*(:(?!latest$)\w[\w.-]{0,127}|(:\w[\w.-]{0,127})?@sha256:[0-9a-f]{64})$/,
    "must be an image with a digest or a tag other than latest",
  )
  .optional();

/** Platform, names, images and ports of a stack. */
export const placeValues = {
  platform: z
    .enum(["docker", "kubernetes"])
    .meta({ description: "docker runs the stack on one host, kubernetes on a cluster", examples: ["docker"] }),
  domain: z.hostname("must be a host name without scheme, port or path").meta({
    description: "services are reached at <service>.<domain>",
    examples: ["example.org"],
  }),
  images: z
    .enum(["build", "mixed", "registry"])
    .default("build")
    .meta({
      description:
        "build runs only what is built on this machine, mixed also pulls what others publish, registry pulls everything",
      examples: ["build"],
    }),
  registry: z
    .string()
    .regex(REGISTRY, "must be a registry and a path, without scheme or tag")
    .optional()
    .meta({
      description: "where the images of this project were pushed to; needed where images is registry",
      examples: ["registry.example.org/groundwork"],
    }),
  ownImages: z
    .strictObject(
      Object.fromEntries(
        PULLED_IMAGE_NAMES.map((name) => [
          name,
          reference.meta({
            description: `what runs in place of the published ${name}, e.g. from a mirror; one that lies on this machine is used as it is`,
            examples: [`registry.example.org/${name}:1.0.0`],
          }),
        ]),
      ) as Record<(typeof PULLED_IMAGE_NAMES)[number], typeof reference>,
    )
    .prefault({})
    .meta({
      description:
        "images of your own in place of those that others publish; a stack that builds its images has their services, too",
    }),
  digests: z
    .enum(["preferred", "required"])
    .default("preferred")
    .meta({
      description:
        "required refuses images of a registry that images/lock.json has no digest for; preferred says which they are and takes them by tag",
      examples: ["required"],
    }),
  protect: z
    .boolean()
    .default(true)
    .meta({
      description: "true keeps stateful resources: `down` leaves them and `up` cannot delete them",
      examples: [true],
    }),
  scaling: z
    .strictObject({
      most: z
        .int()
        .min(1)
        .max(50)
        .meta({ description: "copies at most", examples: [6] }),
      cpuPercent: z
        .int()
        .min(10)
        .max(1_000)
        .default(300)
        .meta({
          description: "use of the reserved cores, a tenth of those allowed, above which a copy is added, in percent",
          examples: [300],
        }),
    })
    .optional()
    .meta({ description: "lets stateless services follow their load; without it copies stay as they are" }),
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
      databases: z
        .enum(["public", "machine"])
        .default("public")
        .meta({
          description:
            "who reaches the Postgres ports: whoever reaches the others, or this machine alone (on a cluster, nobody outside it)",
          examples: ["machine"],
        }),
    })
    .prefault({})
    .meta({ description: "host address and ports that Traefik opens; nothing else opens any" }),
} as const;
