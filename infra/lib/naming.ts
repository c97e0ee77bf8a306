// The one place where physical names are made: `groundwork-<stack>-<name>`, shortened with a hash when too long.
import { createHash } from "node:crypto";

/** The project's name as it stands in Pulumi.yaml. */
export const PROJECT = "groundwork";

/** Longest name that is also a valid DNS label, hence usable as a host name everywhere. */
const LONGEST = 63;

/** The physical name of something in a stack, e.g. `groundwork-local-postgres-0`. */
export function physicalName(stack: string, name: string): string {
  const full = `${PROJECT}-${stack}-${name}`;
  if (full.length <= LONGEST) return full;
  const hash = createHash("sha256").update(full).digest("hex").slice(0, 8);
  return `${full.slice(0, LONGEST - hash.length - 1)}-${hash}`;
}

/** The name of one copy of a service, the same on every platform, e.g. `postgres-0`. */
export function copyName(service: string, ordinal: number): string {
  return `${service}-${ordinal}`;
}

/** The namespace of a stack on a cluster: the one that it states, else its own name. */
export function ownNamespace(stack: string, stated: string | undefined): string {
  return stated ?? stack;
}

/** The namespace beside `own`, of what reads its machine. */
export function hostNamespace(own: string): string {
  return `${own}-host`;
}
