// What stack values are made of: sizes, time spans, addresses, ports, limits. Descriptions and examples are written once:
// editors show them, and the errors of `parseEnvironment` give them as hints.
import { z } from "zod";
import type { Duration, Size } from "../lib/units";

const quantity = <T extends string>(what: string, units: readonly string[]) => {
  const message = `must be a ${what} with its unit (${units.join(", ")})`;
  return z.string(message).regex(new RegExp(`^(?=.*[1-9])\\d+(\\.\\d+)? (${units.join("|")})$`), message) as z.ZodType<
    unknown,
    string
  > as z.ZodType<T, string>;
};

/** A size such as `"10 GiB"`. */
export const size = quantity<Size>("size", ["KiB", "MiB", "GiB", "TiB"]);
/** A time span such as `"15 minutes"`. */
export const duration = quantity<Duration>("time span", ["seconds", "minutes", "hours", "days"]);
/** An IP address of either family. */
export const address = z.union([z.ipv4(), z.ipv6()], "must be an IP address");
/** A range of addresses in CIDR form. */
export const range = z.union([z.cidrv4(), z.cidrv6()], "must be an address range in CIDR form");

/** A port of the host. */
export const hostPort = (preset: number, what: string) =>
  z
    .int()
    .min(1)
    .max(65_535)
    .default(preset)
    .meta({ description: `a free port of the host for ${what}`, examples: [preset] });

/** How many requests one address, or one of whatever else is counted, may make in a time. */
export const limit = (requests: number, per: Duration, what: string, who = "one address") =>
  z
    .strictObject({
      requests: z
        .int()
        .min(1)
        .meta({ description: `how many requests ${who} may make`, examples: [requests] }),
      per: duration.meta({ description: "the time in which they are counted", examples: [per] }),
    })
    .default({ requests, per })
    .meta({
      description: `requests of ${who} ${what}; more are answered 429`,
      examples: [{ requests, per }],
    });

/** A number of interchangeable copies. */
export const copies = (preset: number, what: string) =>
  z
    .int()
    .min(1)
    .max(9)
    .default(preset)
    .meta({ description: `copies of ${what}`, examples: [preset] });

/** A switch. */
export const flag = (preset: boolean, description: string) =>
  z
    .boolean()
    .default(preset)
    .meta({ description, examples: [preset] });

/** A number of things, 1 or more. */
export const amount = (preset: number, most: number, description: string) =>
  z
    .int()
    .min(1)
    .max(most)
    .default(preset)
    .meta({ description, examples: [preset] });
