// The Docker platform: one host, one engine. Pure; register.ts holds the resource calls.
import type { ServiceSpec } from "../../catalogue/spec";
import type { Problem } from "../../lib/errors";
import type { Platform } from "../platform";
import { address, names } from "./address";
import { DOCKER_LOGS } from "./host-reads";
import { overrides } from "./overrides";
import { type DockerService, render } from "./render";

export const docker: Platform<DockerService> = {
  name: "docker",
  provides: { consensus: false, roleRouting: false, unnamedCopies: [], logs: DOCKER_LOGS },
  unsupported,
  address,
  names,
  render,
  overrides,
};

function unsupported(spec: ServiceSpec): readonly Problem[] {
  const problems: Problem[] = [];
  if (spec.shape === "scheduled")
    problems.push({
      path: `${spec.name}/shape`,
      fact: "scheduled services do not run on docker",
      hint: "run it as a job of the ops container's scheduler",
    });
  if (spec.copies > 1 && Object.keys(spec.publish).length > 0)
    problems.push({
      path: `${spec.name}/copies`,
      fact: `must be 1 on docker, got ${spec.copies}: one host port has one owner`,
      hint: "set traefik.copies to 1, or move the stack to kubernetes",
    });
  return problems;
}
