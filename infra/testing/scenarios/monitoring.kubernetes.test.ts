// The scenarios of monitoring.ts on Kubernetes, where most copies have no names: Prometheus finds each by its address.
import type { ServiceName } from "../../catalogue/spec";
import { hasNamedCopies, namespaceFor } from "../../platforms/kubernetes/address";
import { kubernetesRig, podsOf } from "../kubernetes-rig";
import { specOf } from "../rig";
import { monitoringScenarios } from "./monitoring";

const rig = kubernetesRig();
const isNamed = (service: ServiceName) => hasNamedCopies(specOf(rig, service));
const namesOf = (service: ServiceName) => rig.copies(service).map(({ name }) => name);

monitoringScenarios(rig, {
  own: async (service) => {
    if (isNamed(service)) return namesOf(service);
    const spec = specOf(rig, service);
    const pods = await podsOf(spec, namespaceFor(spec, rig.environment));
    return pods.flatMap(({ status }) => status?.podIP ?? []);
  },
  asked: (service) => (isNamed(service) ? namesOf(service) : [service]),
});
