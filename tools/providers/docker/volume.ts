// docker.Volume: data outlives containers; an existing volume of the name is taken over as it is, like the official one does.
import type { VolumeArgs } from "@pulumi/docker";
import type { VolumeCreateOptions } from "dockerode";
import type { InputsOf, ResourceType } from "../resource-type";
import { engine, failure, labelsOf, removeWhenReleased, unlessGone } from "./engine";

type Inputs = InputsOf<VolumeArgs>;

/** What the engine is asked to make. Pure. */
export function volumeOptions(inputs: Inputs, urn: string): VolumeCreateOptions {
  return {
    ...(inputs.name && { Name: inputs.name }),
    Driver: inputs.driver ?? "local",
    DriverOpts: inputs.driverOpts ?? {},
    Labels: labelsOf(inputs.labels, urn),
  };
}

/** The outputs that the engine decides. */
async function described(name: string) {
  const volume = await engine().getVolume(name).inspect();
  return { name: volume.Name, driver: volume.Driver, mountpoint: volume.Mountpoint };
}

export const volume: ResourceType<Inputs> = {
  required: [],
  optional: ["driver", "driverOpts", "labels", "name"],
  unordered: ["labels"],
  computed: ["driver", "mountpoint"],
  autoname: true,
  deleteBeforeReplace: true,
  async create(inputs, { urn }) {
    try {
      const { name: id } = await engine().createVolume(volumeOptions(inputs, urn));
      return { id, outputs: await described(id) };
    } catch (error) {
      throw failure(`volume ${inputs.name}`, error);
    }
  },
  async read(id) {
    const outputs = await unlessGone(described(id));
    return outputs && { outputs };
  },
  async delete(id, _outputs, context) {
    try {
      await removeWhenReleased(() => engine().getVolume(id).remove(), context);
    } catch (error) {
      throw failure(`volume ${id}`, error);
    }
  },
};
