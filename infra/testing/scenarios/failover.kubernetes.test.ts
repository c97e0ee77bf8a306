// The scenarios of failover.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { failoverScenarios } from "./failover";

failoverScenarios(kubernetesRig());
