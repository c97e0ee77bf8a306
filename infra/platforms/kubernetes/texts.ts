// Texts of a spec as a pod takes them: a copy's own name comes from the cluster, and a dollar sign stands for itself.
import type { ServiceSpec, Text } from "../../catalogue/spec";
import { flatten, flattenPlain, type Piece, type Resolver } from "../flatten";
import type { RenderContext } from "../platform";
import { address, copyHost, hasNamedCopies, namespaceFor, serviceHost } from "./address";

/** The variable that holds the pod's own name, which is the copy's where copies have names. */
export const POD_NAME = "POD_NAME";
const OWN_NAME = `$(${POD_NAME})`;

/** What the references of `spec` stand for. */
export function resolverOf(spec: ServiceSpec, context: RenderContext): Resolver {
  const { environment } = context;
  return {
    address: (of) => address(of, context),
    self: ({ what }) => {
      if (typeof what === "object") return String(spec.ports[what.port]);
      if (what === "name") return OWN_NAME;
      return hasNamedCopies(spec)
        ? copyHost(OWN_NAME, spec, environment)
        : serviceHost(spec.name, namespaceFor(spec, environment));
    },
  };
}

/**
 * A text of `args` or `env`, where the cluster puts variables in for `$(…)`: in what the catalogue writes, both `$(` and `$$`
 * are meant as they stand.
 */
export function expandable(text: Text, resolver: Resolver): string {
  return (Array.isArray(text) ? text : [text])
    .map((part) => {
      const plain = flattenPlain(part as Text, resolver);
      return typeof part === "string" ? part.replace(/\$(?=[$(])/g, "$$$$") : plain;
    })
    .join("");
}

/** A text of a probe, which the cluster passes on as it is. */
export function literal(text: Text, resolver: Resolver): string {
  return flattenPlain(text, resolver);
}

/** What is delivered: text and the leaves that only state knows. */
export function delivered(text: Text, resolver: Resolver): readonly Piece[] {
  return flatten(text, resolver);
}

/** True when a text needs the pod's name. */
export function namesOwnCopy(text: Text): boolean {
  return (Array.isArray(text) ? text : [text]).some(
    (part) => typeof part !== "string" && part.ref === "self" && typeof part.what === "string",
  );
}
