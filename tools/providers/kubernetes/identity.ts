// Which object a resource is: its kind from type token or inputs, its name and namespace from the metadata. Pure.
import { createHash } from "node:crypto";
import type { Properties } from "../wire";

/** One object of a cluster. `namespace` is absent for objects of the whole cluster. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** An object's metadata, as far as it is read here. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string }[];
  readonly ownerReferences?: readonly { readonly uid: string }[];
}

/** An object as the API server has it. */
export interface Live extends Properties {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

/** Kind and version as a token of the official SDK names them: `kubernetes:apps/v1:StatefulSet`, `kubernetes:core/v1:Secret`. */
export function kindOfToken(token: string): Pick<Identity, "apiVersion" | "kind"> {
  const [, version = "", kind = ""] = token.split(":");
  return { apiVersion: version.replace(/^core\//, ""), kind };
}

/** The object that `inputs` describe; those state kind and version themselves, the token is asked where they do not. */
export function identityOf(token: string, inputs: Properties): Identity {
  const named = kindOfToken(token);
  const { name = "", namespace } = (inputs.metadata ?? {}) as Partial<Metadata>;
  return {
    apiVersion: typeof inputs.apiVersion === "string" ? inputs.apiVersion : named.apiVersion,
    kind: typeof inputs.kind === "string" ? inputs.kind : named.kind,
    ...(namespace !== undefined && { namespace }),
    name,
  };
}

/** The official provider's resource id: `namespace/name`, or the name of what has no namespace. */
export function idOf({ namespace, name }: Pick<Identity, "namespace" | "name">): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Name and namespace from an id, for imports. */
export function placeOfId(id: string): Pick<Identity, "namespace" | "name"> {
  const slash = id.indexOf("/");
  return slash < 0 ? { name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** How messages name an object: `StatefulSet groundwork-prod/postgres`. */
export function titleOf(identity: Identity): string {
  return `${identity.kind} ${idOf(identity)}`;
}

/**
 * The field manager of a resource: the same in every run, so that an object made by a run that was killed before it could
 * record it is known by its managed fields, and by nothing added to it. The official provider draws a random one of this form.
 */
export function fieldManagerOf(urn: string): string {
  return `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}

/** Whether `manager` has applied fields of the object. */
export function isAppliedBy({ metadata }: Live, manager: string): boolean {
  return (metadata.managedFields ?? []).some((each) => each.manager === manager && each.operation === "Apply");
}
