// What watches the platform: how long it remembers, and how much room that takes.
import { z } from "zod";
import { duration, size } from "./quantities";

/** The values of the monitoring services. */
export const monitoringValues = {
  monitoring: z
    .strictObject({
      metrics: z
        .strictObject({
          retention: duration.default("30 days").meta({
            description: "how long metrics are kept, as long as their volume holds them",
            examples: ["30 days"],
          }),
          storage: size.default("10 GiB").meta({ description: "volume of Prometheus", examples: ["10 GiB"] }),
        })
        .prefault({})
        .meta({ description: "Prometheus" }),
      logs: z
        .strictObject({
          retention: duration
            .default("30 days")
            .meta({ description: "how long log lines are kept", examples: ["30 days"] }),
          storage: size.default("10 GiB").meta({ description: "volume of Loki", examples: ["10 GiB"] }),
        })
        .prefault({})
        .meta({ description: "Loki" }),
    })
    .prefault({})
    .meta({ description: "metrics and logs" }),
} as const;
