// The scenarios of minio.ts on Docker.
import { dockerRig } from "../docker-rig";
import { minioScenarios } from "./minio";

minioScenarios(dockerRig());
