// The scenarios of minio.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { minioScenarios } from "./minio";

minioScenarios(kubernetesRig());
