// The scenarios of inside-tls.ts on Docker.
import { dockerRig } from "../docker-rig";
import { insideTlsScenarios } from "./inside-tls";

insideTlsScenarios(dockerRig());
