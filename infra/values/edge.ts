// The edge: who gets in, and how often.
import { z } from "zod";
import { limit, range } from "./quantities";

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
} as const;
