// docker.Network: made once, replaced for any change.
import type { NetworkArgs } from "@pulumi/docker";
import type { NetworkCreateOptions } from "dockerode";
import type { InputsOf, ResourceType } from "../resource-type";
import { createOverLeftover, engine, failure, labelsOf, OWNER_LABEL, removeWhenReleased, unlessGone } from "./engine";

type Inputs = InputsOf<NetworkArgs>;
type Outputs = Inputs & { readonly name: string };

/** What the engine is asked to make. Pure. */
export function networkOptions(inputs: Inputs, urn: string): NetworkCreateOptions {
  const ranges = inputs.ipamConfigs?.map(({ subnet, ipRange, gateway, auxAddress }) => ({
    ...(subnet && { Subnet: subnet }),
    ...(ipRange && { IPRange: ipRange }),
    ...(gateway && { Gateway: gateway }),
    ...(auxAddress && { AuxiliaryAddresses: auxAddress }),
  }));
  return {
    Name: inputs.name ?? "",
    CheckDuplicate: true,
    Driver: inputs.driver ?? "bridge",
    Internal: inputs.internal ?? false,
    Attachable: inputs.attachable ?? false,
    Ingress: inputs.ingress ?? false,
    EnableIPv6: inputs.ipv6 ?? false,
    Options: inputs.options ?? {},
    Labels: labelsOf(inputs.labels, urn),
    IPAM: {
      Driver: inputs.ipamDriver ?? "default",
      ...(ranges && { Config: ranges as Record<string, string>[] }),
      ...(inputs.ipamOptions && { Options: inputs.ipamOptions }),
    },
  };
}

/** The outputs that the engine decides where the inputs are silent. */
async function described(id: string, inputs: Inputs) {
  const network = await engine().getNetwork(id).inspect();
  return {
    scope: network.Scope,
    driver: network.Driver,
    internal: network.Internal,
    options: network.Options ?? {},
    ...(!inputs.ipamConfigs && {
      ipamConfigs: (network.IPAM?.Config ?? []).map((range) => ({ subnet: range.Subnet, gateway: range.Gateway })),
    }),
  };
}

export const network: ResourceType<Inputs, Outputs> = {
  required: [],
  optional: [
    "attachable",
    "driver",
    "ingress",
    "internal",
    "ipamConfigs",
    "ipamDriver",
    "ipamOptions",
    "ipv6",
    "labels",
    "name",
    "options",
  ],
  defaults: { ipamDriver: "default" },
  unordered: ["labels", "ipamConfigs"],
  computed: ["driver", "internal", "ipamConfigs", "options", "scope"],
  autoname: true,
  deleteBeforeReplace: true,
  async create(inputs, context) {
    try {
      const made = await createOverLeftover(
        () => engine().createNetwork(networkOptions(inputs, context.urn)),
        async () => {
          const left = engine().getNetwork(inputs.name ?? "");
          const found = await unlessGone(left.inspect());
          return found && { owner: found.Labels?.[OWNER_LABEL], remove: () => left.remove() };
        },
        context,
      );
      return { id: made.id, outputs: await described(made.id, inputs) };
    } catch (error) {
      throw failure(`network ${inputs.name}`, error);
    }
  },
  async read(id, recorded) {
    const outputs = await unlessGone(described(id, recorded));
    return outputs && { outputs };
  },
  async delete(id, { name }, context) {
    try {
      await removeWhenReleased(() => engine().getNetwork(id).remove(), context);
    } catch (error) {
      throw failure(`network ${name}`, error);
    }
  },
};
