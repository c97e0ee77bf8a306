// The scenarios of supabase-services.ts on Docker.
import { dockerRig } from "../docker-rig";
import { supabaseServicesScenarios } from "./supabase-services";

supabaseServicesScenarios(dockerRig());
