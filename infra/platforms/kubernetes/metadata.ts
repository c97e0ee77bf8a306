// The metadata that objects of one service share.
import type { ServiceSpec } from "../../catalogue/spec";
import type { RenderContext } from "../platform";
import { namespaceFor } from "./address";
import { serviceLabels } from "./labels";
import type { Manifest } from "./object";

/** Name, namespace and labels of an object of `spec`. @default name - the service's own */
export function metadataOf(
  spec: ServiceSpec,
  { environment }: RenderContext,
  name: string = spec.name,
): Manifest["metadata"] {
  return { name, namespace: namespaceFor(spec, environment), labels: serviceLabels(environment.stack, spec.name) };
}
