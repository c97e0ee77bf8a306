// Labels that mark what belongs to a stack on a cluster. Selectors, status, recovery and clean-up find things by them alone.
import type { ServiceName } from "../../catalogue/spec";

export const STACK_LABEL = "groundwork.stack";
export const SERVICE_LABEL = "groundwork.service";

/** The labels that every object of a stack carries; the recommended ones are for people's tools. */
export function stackLabels(stack: string): Readonly<Record<string, string>> {
  return { [STACK_LABEL]: stack, "app.kubernetes.io/part-of": "groundwork" };
}

/** The labels of everything that belongs to a service, its pods included. */
export function serviceLabels(stack: string, service: ServiceName): Readonly<Record<string, string>> {
  return { ...stackLabels(stack), [SERVICE_LABEL]: service, "app.kubernetes.io/name": service };
}

/** What selects the pods of a service; a selector can never change, hence one label alone. */
export function podSelector(service: ServiceName): Readonly<Record<string, string>> {
  return { [SERVICE_LABEL]: service };
}
