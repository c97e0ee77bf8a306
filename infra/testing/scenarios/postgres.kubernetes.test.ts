// The scenarios of postgres.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { postgresScenarios } from "./postgres";

postgresScenarios(kubernetesRig());
