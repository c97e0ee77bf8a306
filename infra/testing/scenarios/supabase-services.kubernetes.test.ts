// The scenarios of supabase-services.ts on Kubernetes.
import { kubernetesRig } from "../kubernetes-rig";
import { supabaseServicesScenarios } from "./supabase-services";

supabaseServicesScenarios(kubernetesRig());
