// The addresses at which people and clients outside the platform reach it: all of them through Traefik's published ports.
import type { Route, ServiceSpec } from "../catalogue/spec";
import type { Environment } from "../environment";

/** One address outside the platform. */
export interface Endpoint {
  readonly service: ServiceSpec["name"];
  readonly name: string;
  readonly url: string;
}

/** Every open route as a URL; admin routes are listed only while an address may use them. */
export function endpoints(environment: Environment, services: readonly ServiceSpec[]): readonly Endpoint[] {
  return services.flatMap((spec) =>
    spec.routes
      .filter(({ admin }) => !admin || environment.admin.allow.length > 0)
      .filter(({ entry }) => entry === "https" || reachesOut(environment))
      .map((route) => ({ service: spec.name, name: route.host, url: url(environment, route) })),
  );
}

/** Whether the Postgres ports lead anywhere for who is not inside: on Docker, at least for the machine itself. */
function reachesOut({ platform, publish }: Environment): boolean {
  return platform === "docker" || publish.databases === "public";
}

function url({ domain, publish }: Environment, { host, entry }: Route): string {
  const address = `${host}.${domain}:${publish[entry]}`;
  return entry === "https" ? `https://${address}` : `postgresql://app@${address}/postgres?sslmode=verify-full`;
}
