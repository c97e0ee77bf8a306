// What a platform must answer. It owns addresses and rendering; it decides nothing about what runs.

import type { Omitted } from "../catalogue/catalogue";
import type { ImageName } from "../catalogue/images";
import type { EndpointRef, PeersRef, Provides, ServiceName, ServiceSpec } from "../catalogue/spec";
import type { Environment } from "../environment";
import type { Problem } from "../lib/errors";

/** One member's address as its consumers reach it. */
export interface Address {
  /** The copy's name, e.g. `postgres-0`; the service's name where copies are interchangeable. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Everything a pure renderer may look at. */
export interface RenderContext {
  readonly environment: Environment;
  /** All services of the stack, in the catalogue's order. */
  readonly services: readonly ServiceSpec[];
  /** What the stack does without, by name and reason. */
  readonly omitted: readonly Omitted[];
  /** The full reference of an image, e.g. `groundwork/postgres:3f2a…`. */
  readonly image: (name: ImageName) => string;
}

/** A platform's better way for one service: changes the rendered value, keeps the outputs. */
export type Override<Rendered> = (rendered: Rendered, spec: ServiceSpec, context: RenderContext) => Rendered;

/** One place to run services. Implementations are pure; `register` lives beside them. */
export interface Platform<Rendered> {
  readonly name: Environment["platform"];
  readonly provides: Provides;
  /** What this platform cannot do for `spec`, each with a reason. Asked of every spec before anything renders. */
  unsupported(spec: ServiceSpec, context: RenderContext): readonly Problem[];
  /** The only place where host names and ports are made. An endpoint has one address, peers have one per copy. */
  address(of: EndpointRef | PeersRef, context: RenderContext): readonly Address[];
  /** Every name by which consumers reach `spec`, for its certificate. */
  names(spec: ServiceSpec, context: RenderContext): readonly string[];
  /** Pure: the same spec always renders the same value. */
  render(spec: ServiceSpec, context: RenderContext): Rendered;
  readonly overrides: Readonly<Partial<Record<ServiceName, Override<Rendered>>>>;
}

/** Renders `spec` as it will be registered: the platform's own way, then its override for this service, if any. */
export function renderService<Rendered>(
  platform: Platform<Rendered>,
  spec: ServiceSpec,
  context: RenderContext,
): Rendered {
  const rendered = platform.render(spec, context);
  const override = platform.overrides[spec.name];
  return override === undefined ? rendered : override(rendered, spec, context);
}
