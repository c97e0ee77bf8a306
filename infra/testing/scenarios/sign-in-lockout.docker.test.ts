// The scenarios of sign-in-lockout.ts on Docker.
import { dockerRig } from "../docker-rig";
import { lockoutScenarios } from "./sign-in-lockout";

lockoutScenarios(dockerRig());
