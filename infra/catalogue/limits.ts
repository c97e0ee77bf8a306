// Request limits: what each one counts, and the middleware that holds it for every client address at the edge.
import { type Duration, seconds } from "../lib/units";
import type { ConfigValue } from "./config-text";
import { endpoint, file, type LimitName } from "./spec";

/** At most this many requests in any window of this length; more are answered 429. */
export interface Limit {
  readonly requests: number;
  readonly per: Duration;
}
export type Limits = Readonly<Record<LimitName, Limit>>;

/** Name under which Traefik loads the middleware in images/traefik/plugins-local. */
export const RATE_LIMIT_PLUGIN = "ratelimit";

/** The methods that a limit counts; none stands for all. */
const COUNTED: Readonly<Record<LimitName, readonly string[]>> = {
  general: [],
  auth: ["POST"],
  upload: ["POST", "PUT"],
};

/** Name of a limit's middleware. All routes that use it share one count per client. */
export const limitMiddleware = (name: LimitName): string => `limit-${name}`;

/**
 * The middlewares of all limits, by name. Several copies of the proxy count together in Redis, and each for itself while
 * Redis does not answer.
 */
export function limitMiddlewares(limits: Limits, together: boolean): Readonly<Record<string, ConfigValue>> {
  const store = {
    redis: endpoint("redis", "primary"),
    authority: file("authority.pem"),
    password: file("redis-password"),
  };
  return Object.fromEntries(
    (Object.keys(COUNTED) as LimitName[]).map((name) => {
      const { requests, per } = limits[name];
      const methods = COUNTED[name];
      const limit = { requests, seconds: seconds(per), ...(methods.length > 0 && { methods }), ...(together && store) };
      return [limitMiddleware(name), { plugin: { [RATE_LIMIT_PLUGIN]: limit } }];
    }),
  );
}
