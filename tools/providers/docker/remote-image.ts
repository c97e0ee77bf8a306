// docker.RemoteImage: an image the engine has, or pulls. What lies on the engine already is used as it is.
import type { RemoteImageArgs } from "@pulumi/docker";
import type { ImageInspectInfo } from "dockerode";
import { credentialsFor, hostOf } from "../../registry-credentials";
import type { InputsOf, ResourceType } from "../resource-type";
import { engine, Failure, failure, unlessGone } from "./engine";

type Inputs = InputsOf<RemoteImageArgs>;
type Outputs = Inputs & { readonly imageId: string };

function outputsOf(image: ImageInspectInfo) {
  return { imageId: image.Id, repoDigest: image.RepoDigests?.[0] ?? "" };
}

/** Pulls to the end; a registry's refusal may come as the last line of a stream that began well. */
async function pull({ name, platform }: Inputs, signal: AbortSignal): Promise<void> {
  const authconfig = await credentialsFor(hostOf(name));
  const options = { ...(platform && { platform }), ...(authconfig && { authconfig }), abortSignal: signal };
  const progress = await engine().pull(name, options);
  await new Promise<void>((resolve, reject) => {
    engine().modem.followProgress(progress, (error: Error | null, lines: readonly { readonly error?: string }[]) => {
      const refused = lines?.find((line) => line.error)?.error;
      if (error || refused) reject(error ?? new Error(refused));
      else resolve();
    });
  });
}

export const remoteImage: ResourceType<Inputs, Outputs> = {
  required: ["name"],
  optional: ["forceRemove", "keepLocally", "platform", "pullTriggers", "triggers"],
  defaults: { keepLocally: false, forceRemove: false },
  recorded: ["keepLocally", "forceRemove"],
  unordered: ["pullTriggers"],
  computed: ["imageId", "repoDigest"],
  async create(inputs, { signal }) {
    try {
      const image = engine().getImage(inputs.name);
      const found = await unlessGone(image.inspect());
      if (!found) await pull(inputs, signal);
      const outputs = outputsOf(found ?? (await image.inspect()));
      return { id: `${outputs.imageId}${inputs.name}`, outputs };
    } catch (error) {
      throw failure(`image ${inputs.name}`, error);
    }
  },
  async read(_id, { name }) {
    const found = await unlessGone(engine().getImage(name).inspect());
    return found && { outputs: outputsOf(found) };
  },
  async delete(_id, { name, imageId, keepLocally, forceRemove }) {
    if (keepLocally) return;
    try {
      const now = await unlessGone(engine().getImage(name).inspect());
      if (now?.Id !== imageId) return;
      await unlessGone(
        engine()
          .getImage(name)
          .remove({ force: forceRemove === true }),
      );
    } catch (error) {
      throw error instanceof Failure ? error : failure(`image ${name}`, error);
    }
  },
};
