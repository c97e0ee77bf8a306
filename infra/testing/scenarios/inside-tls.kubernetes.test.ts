// The scenarios of inside-tls.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { insideTlsScenarios } from "./inside-tls";

insideTlsScenarios(kubernetesRig());
