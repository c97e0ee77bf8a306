// Which services follow their load, once a stack lets them.
import type { Scale, ServiceName, ServiceSpec } from "./spec";

/**
 * Those that keep nothing between two requests. The others stay as many as they are: Realtime's copies form a cluster, Traefik and
 * the gateway count requests, poolers hold a share of the database's connections each.
 */
const FOLLOWS_LOAD: readonly ServiceName[] = ["auth", "rest", "storage", "imgproxy", "functions"];

/** The services, some of them with a number of copies between their own and `scaling.most`. */
export function scaled(services: readonly ServiceSpec[], scaling: Scale | undefined): readonly ServiceSpec[] {
  if (scaling === undefined) return services;
  return services.map((spec) =>
    FOLLOWS_LOAD.includes(spec.name)
      ? Object.freeze({ ...spec, scale: { ...scaling, most: Math.max(scaling.most, spec.copies) } })
      : spec,
  );
}
