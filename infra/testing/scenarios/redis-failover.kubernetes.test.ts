// The scenarios of redis-failover.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { redisFailoverScenarios } from "./redis-failover";

redisFailoverScenarios(kubernetesRig());
