// The scenarios of postgres.ts on Docker.
import { dockerRig } from "../docker-rig";
import { postgresScenarios } from "./postgres";

postgresScenarios(dockerRig());
