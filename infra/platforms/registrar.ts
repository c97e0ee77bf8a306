// The Pulumi half of a platform: takes what the pure half rendered and registers it. Implementations decide nothing.
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../environment";
import type { Piece } from "./flatten";
import type { RenderContext } from "./platform";

/** What a registrar is given besides the rendered value. */
export interface Registration<Ground> {
  readonly environment: Environment;
  readonly ground: Ground;
  /** The value of pieces, with secrets and certificates filled in; secret when one of them is. */
  readonly reveal: (pieces: readonly Piece[]) => pulumi.Input<string>;
  readonly parent: pulumi.Resource;
  /** What must be ready before. */
  readonly after: readonly pulumi.Resource[];
}

/** Registers rendered services. `Ground` is what all services of a stack stand on, e.g. its networks. */
export interface Registrar<Rendered, Ground> {
  ground(context: RenderContext, parent: pulumi.Resource): Ground;
  register(rendered: Rendered, registration: Registration<Ground>): readonly pulumi.Resource[];
}
