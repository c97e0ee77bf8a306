// The scenarios of redis.ts on Docker.
import { dockerRig } from "../docker-rig";
import { redisScenarios } from "./redis";

redisScenarios(dockerRig());
