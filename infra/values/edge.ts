// The edge: who gets in, and how often.
import { z } from "zod";
import { copies, limit, range } from "./quantities";

/** The values of the edge proxy. */
export const edgeValues = {
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
  tls: z
    .strictObject({
      issuer: z
        .enum(["private", "acme", "secret"])
        .default("private")
        .meta({
          description:
            "who certifies the public names: the stack's own CA, an ACME server such as Let's Encrypt, or whoever keeps a secret of the cluster, such as cert-manager",
          examples: ["acme"],
        }),
      email: z
        .email()
        .optional()
        .meta({ description: "where the ACME server sends warnings", examples: ["ops@example.org"] }),
      server: z
        .url()
        .default("https://acme-v02.api.letsencrypt.org/directory")
        .meta({
          description: "directory of the ACME server",
          examples: ["https://acme-staging-v02.api.letsencrypt.org/directory"],
        }),
      authority: z
        .string()
        .startsWith("-----BEGIN CERTIFICATE-----")
        .optional()
        .meta({ description: "PEM of the CA that an ACME server of your own is verified by" }),
      secretName: z
        .string()
        .optional()
        .meta({
          description: "a secret of type kubernetes.io/tls in the stack's namespace, with all public names",
          examples: ["public-tls"],
        }),
    })
    .prefault({})
    .meta({ description: "certificates of the public names" }),
  application: z
    .strictObject({
      url: z.url().meta({ description: "where the edge reaches it", examples: ["http://192.0.2.10:3000"] }),
      assets: z
        .array(z.string().startsWith("/"))
        .default(["/assets/", "/_next/static/"])
        .meta({ description: "path prefixes whose files never change under one name", examples: [["/assets/"]] }),
    })
    .optional()
    .meta({ description: "the application that users open at app.<domain>, run elsewhere" }),
  limits: z
    .strictObject({
      general: limit(100, "15 minutes", "to any route"),
      auth: limit(5, "15 minutes", "to sign-in routes"),
      upload: limit(20, "1 hours", "to upload routes"),
      user: limit(600, "1 minutes", "to the API", "one user"),
      costly: limit(60, "1 minutes", "to functions of the database, GraphQL and image sizes", "one user"),
    })
    .prefault({})
    .meta({ description: "rate limits: of one address at the edge, of one user in each copy of the gateway" }),
  gateway: z
    .strictObject({
      implementation: z
        .enum(["envoy", "kong"])
        .default("envoy")
        .meta({ description: "the program that runs the table of routes", examples: ["envoy"] }),
      copies: copies(1, "the gateway"),
      origins: z
        .array(z.url("must be an origin").regex(/^https?:\/\/[^/]+$/, "must be a scheme, a host and perhaps a port"))
        .optional()
        .meta({
          description: "origins whose pages may use the API; app.<domain> alone when not stated",
          examples: [["https://app.example.org"]],
        }),
    })
    .prefault({})
    .meta({ description: "what stands in front of the application services" }),
  admin: z
    .strictObject({
      allow: z
        .array(range)
        .default([])
        .meta({ description: "address ranges that may open dashboards and consoles", examples: [["10.8.0.0/16"]] }),
    })
    .prefault({})
    .meta({ description: "who reaches the administration routes; nobody when empty" }),
} as const;
