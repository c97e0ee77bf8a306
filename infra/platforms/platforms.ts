// The platforms, by the name that a stack gives. Their registrars are beside them, for the program alone.
import { docker } from "./docker/docker";
import { kubernetes } from "./kubernetes/kubernetes";

export const PLATFORMS = { docker, kubernetes } as const;
