// The scenarios of sign-in-lockout.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { lockoutScenarios } from "./sign-in-lockout";

lockoutScenarios(kubernetesRig());
