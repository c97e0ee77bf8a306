// What one resource type must state so that `provider.ts` can serve it under an official plugin's name.
import type { Unwrap } from "@pulumi/pulumi";
import type { ChangeRules } from "./difference";
import type { Properties } from "./wire";

/** The plain values of an SDK class's arguments. */
export type InputsOf<Args> = Present<Unwrap<Args>>;
type Present<T> = T extends readonly (infer Item)[]
  ? Present<Item>[]
  : T extends object
    ? { [Key in keyof T]: Present<Exclude<T[Key], undefined>> }
    : T;

/** Why an input cannot be used. */
export interface Failure {
  readonly property: string;
  /** What is wrong, lowercase, no full stop. */
  readonly reason: string;
}

/** What a call knows besides its values. */
export interface CallContext {
  /** The resource's identity over all runs: stack, project, type and logical name. */
  readonly urn: string;
  /** Aborted when the user cancels or the engine is gone; whatever waits must stop and clean up. */
  readonly signal: AbortSignal;
}

/** One resource type. Handlers see plain values: no secret wrappers, nothing unknown. */
export interface ResourceType<Inputs extends Properties = Properties, Outputs extends Properties = Properties>
  extends ChangeRules {
  readonly required: readonly (keyof Inputs & string)[];
  readonly optional: readonly (keyof Inputs & string)[];
  /** Outputs that the inputs do not determine; unknown while a creation is previewed. An input given wins. */
  readonly computed: readonly string[];
  /** Outputs that are secret whatever the inputs are. */
  readonly secret?: readonly string[];
  /** Outputs that may repeat what inputs hold; secret as soon as any input is. */
  readonly echoing?: readonly string[];
  /** `name` may be left out; it becomes the logical name and a random suffix. @default false */
  readonly autoname?: boolean;
  /** The old one must go before the new one can come, because both would have the same name. @default false */
  readonly deleteBeforeReplace?: boolean;

  /** Problems of the inputs that are known by now. */
  check?(inputs: Partial<Inputs>): readonly Failure[];
  /**
   * The output that makes a resource due for replacement though nothing forces it, e.g. because it expires. It sees the
   * recorded outputs with the inputs wanted now.
   */
  due?(wanted: Outputs, now: Date): string | undefined;
  /** Makes it, or leaves nothing behind. Returns the outputs that the inputs do not give. */
  create(inputs: Inputs, context: CallContext): Promise<{ readonly id: string; readonly outputs: Properties }>;
  /**
   * What is really there: outputs that differ from what is recorded, likewise inputs; `undefined` when it is gone.
   * @default it is as recorded
   */
  read?(id: string, outputs: Outputs, context: CallContext): Promise<Drift | undefined>;
  /** Takes on changed `updatable` inputs. Returns the outputs that changed with them. @default nothing to do */
  update?(id: string, inputs: Inputs, olds: Outputs, context: CallContext): Promise<Properties>;
  /** Removes it; succeeds when it is gone already. @default nothing to do */
  delete?(id: string, outputs: Outputs, context: CallContext): Promise<void>;
}

/** How a resource differs from what is recorded. */
export interface Drift {
  readonly outputs: Properties;
  readonly inputs?: Properties;
}

/** A provider: its official name and version, and its resource types by their token, e.g. `random:index/…`. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  readonly types: Readonly<Record<string, ResourceType>>;
  /** Takes the provider's own configuration. */
  configure?(config: Properties): void;
}
