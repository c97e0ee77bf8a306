// The Kubernetes platform: one cluster, of any number of machines. Pure; register.ts holds the resource calls.
import { routerOf } from "../../catalogue/references";
import type { ServiceSpec } from "../../catalogue/spec";
import type { Problem } from "../../lib/errors";
import type { Platform, RenderContext } from "../platform";
import { address, followsRoles, names, UNNAMED_COPIES } from "./address";
import type { KubernetesService } from "./object";
import { overrides } from "./overrides";
import { render } from "./render";
import { namesOwnCopy } from "./texts";

export const kubernetes: Platform<KubernetesService> = {
  name: "kubernetes",
  provides: {
    consensus: true,
    roleRouting: true,
    unnamedCopies: UNNAMED_COPIES,
    logs: { files: "/var/log/pods/{namespace}_*/*/*.log", format: "kubernetes" },
  },
  unsupported,
  address,
  names,
  render,
  overrides,
};

function unsupported(spec: ServiceSpec, { services }: RenderContext): readonly Problem[] {
  const problems: Problem[] = [];
  const asked = [...(spec.ready?.command ?? []), ...(spec.alive?.command ?? [])];
  if (asked.some(namesOwnCopy))
    problems.push({
      path: `${spec.name}/ready`,
      fact: "refers to the copy's own name, which kubernetes does not put into a probe",
      hint: "ask localhost, or read the name from a variable in a shell",
    });
  const routed = routerOf(spec.name, services) !== undefined;
  if (Object.keys(spec.roles).length > 0 && spec.copies > 1 && !routed && !followsRoles(spec))
    problems.push({
      path: `${spec.name}/roles`,
      fact: "nothing on kubernetes follows its roles",
      hint: "add a service that routes them, or an override as that of postgres",
    });
  if (Object.keys(spec.volumes).length > 0 && spec.shape !== "stateful" && spec.shape !== "daemon")
    problems.push({
      path: `${spec.name}/volumes`,
      fact: `a ${spec.shape} service keeps no volume on kubernetes`,
      hint: "state the shape stateful",
    });
  return problems;
}
