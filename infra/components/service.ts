// The one component for every service. It has no opinions: the spec decides, the platform renders, the registrar registers.
import * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../catalogue/spec";
import { type Platform, type RenderContext, renderService } from "../platforms/platform";
import type { Registrar, Registration } from "../platforms/registrar";

export interface ServiceArgs<Rendered, Ground> {
  readonly platform: Platform<Rendered>;
  readonly registrar: Registrar<Rendered, Ground>;
  readonly context: RenderContext;
  readonly registration: Omit<Registration<Ground>, "parent" | "after">;
  /** The components of the services that `spec.after` names. */
  readonly after: readonly pulumi.Resource[];
}

/** Registers one rendered service. */
export class Service<Rendered, Ground> extends pulumi.ComponentResource {
  constructor(spec: ServiceSpec, args: ServiceArgs<Rendered, Ground>, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:infra:Service", spec.name, {}, opts);
    const rendered = renderService(args.platform, spec, args.context);
    args.registrar.register(rendered, { ...args.registration, parent: this, after: args.after });
    this.registerOutputs({});
  }
}
