// The scenarios of upload-volume.ts on Docker.
import { dockerRig } from "../docker-rig";
import { uploadVolumeScenarios } from "./upload-volume";

uploadVolumeScenarios(dockerRig());
