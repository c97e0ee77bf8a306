// The scenarios of storage-host.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { storageHostScenarios } from "./storage-host";

storageHostScenarios(kubernetesRig());
