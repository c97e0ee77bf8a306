// The scenarios of failover.ts on Docker.
import { dockerRig } from "../docker-rig";
import { failoverScenarios } from "./failover";

failoverScenarios(dockerRig());
