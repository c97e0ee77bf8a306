// Labels that mark what belongs to a stack on a Docker engine. Status, recovery and clean-up find things by them alone.

export const STACK_LABEL = "groundwork.stack";
export const SERVICE_LABEL = "groundwork.service";
/** The copy's name, e.g. `postgres-0`. */
export const COPY_LABEL = "groundwork.copy";

/** The label that every object of a stack carries. */
export function stackLabels(stack: string): Readonly<Record<string, string>> {
  return { [STACK_LABEL]: stack };
}

/** The labels of one copy of a service. */
export function copyLabels(stack: string, service: string, copy: string): Readonly<Record<string, string>> {
  return { ...stackLabels(stack), [SERVICE_LABEL]: service, [COPY_LABEL]: copy };
}
