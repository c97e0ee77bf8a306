// The scenarios of storage-host.ts on Docker.
import { dockerRig } from "../docker-rig";
import { storageHostScenarios } from "./storage-host";

storageHostScenarios(dockerRig());
