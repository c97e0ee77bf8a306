// The scenarios of upload-volume.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { uploadVolumeScenarios } from "./upload-volume";

uploadVolumeScenarios(kubernetesRig());
