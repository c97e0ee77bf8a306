// The scenarios of redis.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { redisScenarios } from "./redis";

redisScenarios(kubernetesRig());
