// One environment's whole platform: credentials, the ground it stands on, and every service of the catalogue in order.
import * as pulumi from "@pulumi/pulumi";
import { certifiedServices } from "../catalogue/certificates";
import type { ServiceName } from "../catalogue/spec";
import type { Platform, RenderContext } from "../platforms/platform";
import type { Registrar } from "../platforms/registrar";
import { Credentials } from "./credentials";
import { Service } from "./service";

export interface PlatformStackArgs<Rendered, Ground> {
  readonly platform: Platform<Rendered>;
  readonly registrar: Registrar<Rendered, Ground>;
  /** Checked: see `plan.ts`. */
  readonly context: RenderContext;
}

/** Registers everything that a stack consists of. */
export class PlatformStack<Rendered, Ground> extends pulumi.ComponentResource {
  readonly secrets: pulumi.Output<Record<string, string>>;
  /** PEM of the CA that clients must trust. */
  readonly authority: pulumi.Output<string>;

  constructor(name: string, args: PlatformStackArgs<Rendered, Ground>, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:infra:PlatformStack", name, {}, opts);
    const { platform, registrar, context } = args;
    const { environment, services } = context;
    const credentials = new Credentials(
      "credentials",
      {
        protect: environment.protect,
        given: environment.given,
        certificates: new Map(
          certifiedServices(services).map((spec) => [spec.name, platform.names(spec, context)] as const),
        ),
      },
      { parent: this },
    );
    const registration = {
      environment,
      ground: registrar.ground(context, this),
      reveal: credentials.reveal.bind(credentials),
    };
    const registered = new Map<ServiceName, pulumi.Resource>();
    for (const spec of services) {
      const after = Object.keys(spec.after).flatMap((before) => registered.get(before as ServiceName) ?? []);
      registered.set(
        spec.name,
        new Service(spec, { platform, registrar, context, registration, after }, { parent: this }),
      );
    }
    this.secrets = pulumi.secret(pulumi.all(credentials.secrets)) as pulumi.Output<Record<string, string>>;
    this.authority = credentials.authority;
    this.registerOutputs({ authority: this.authority });
  }
}
