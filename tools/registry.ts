// Images in registries, asked for by way of the Docker engine: it knows every registry's way of signing in, and mirrors.
import Docker from "dockerode";
import { follow, hasImage } from "./docker-engine";
import { credentialsFor, hostOf } from "./registry-credentials";

/** Milliseconds that a registry has to answer a question. */
const PATIENCE = 60_000;

/** The registry's refusal, or that there is none. */
export class RegistryError extends Error {
  constructor(
    readonly reference: string,
    message: string,
    /** What to do about it. */
    readonly hint: string,
  ) {
    super(message);
  }
}

/** The digest of what a reference names in its registry now; of all platforms together, where it has several. */
export async function remoteDigest(reference: string): Promise<string> {
  const docker = new Docker({ timeout: PATIENCE });
  const authconfig = await credentialsFor(hostOf(reference));
  try {
    const found = await docker.getImage(reference).distribution({ ...(authconfig && { authconfig }) });
    return found.Descriptor.digest;
  } catch (error) {
    throw refusal(reference, error);
  }
}

/** The same, or undefined where the registry says that it has no such image. */
export async function remoteDigestIfAny(reference: string): Promise<string | undefined> {
  try {
    return await remoteDigest(reference);
  } catch (error) {
    if (error instanceof RegistryError && isUnknown(error.message)) return undefined;
    throw error;
  }
}

/** Puts a local image into a registry under `reference`; returns the digest that the registry gave it. */
export async function pushImage(local: string, reference: string, report: (line: string) => void): Promise<string> {
  const docker = new Docker();
  const [repo, tag] = splitTag(reference);
  const kept = await hasImage(docker, reference);
  await docker.getImage(local).tag({ repo, tag });
  let digest: string | undefined;
  try {
    const authconfig = await credentialsFor(hostOf(reference));
    // Engines want the header of a push also where it says nobody.
    const nobody = { username: "", password: "", serveraddress: hostOf(reference) };
    const stream = await docker.getImage(reference).push({ authconfig: authconfig ?? nobody });
    await follow(docker, stream, (event) => {
      const { status = "", progress = "", aux } = event as PushEvent;
      if (aux?.Digest !== undefined) digest = aux.Digest;
      if (status !== "") report(`${status} ${progress}`.trim());
    });
  } catch (error) {
    throw refusal(reference, error);
  } finally {
    // The name was for the push alone.
    if (!kept)
      await docker
        .getImage(reference)
        .remove({ noprune: true })
        .catch(() => undefined);
  }
  if (digest === undefined) throw new RegistryError(reference, "the push ended without a digest", "run it again");
  return digest;
}

interface PushEvent {
  readonly status?: string;
  readonly progress?: string;
  readonly aux?: { readonly Digest?: string };
}

/** `host:5000/a/b:tag` → repository and tag. */
export function splitTag(reference: string): readonly [repository: string, tag: string] {
  const at = reference.lastIndexOf(":");
  return [reference.slice(0, at), reference.slice(at + 1)];
}

function isUnknown(message: string): boolean {
  return /manifest unknown|not found|name unknown|repository name not known/i.test(message);
}

function refusal(reference: string, error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const { json, message = String(error) } = error as {
    readonly json?: { readonly message?: string };
    message?: string;
  };
  const said = (json?.message ?? message).split("\n")[0] ?? "";
  const host = hostOf(reference);
  const unauthorized = /unauthorized|denied|authentication|credentials/i.test(said);
  const hint = unauthorized
    ? `docker login ${host}, as somebody who may read and write there`
    : isUnknown(said)
      ? "compare repository and tag with the registry"
      : `see whether this machine's engine reaches ${host}, then run it again`;
  return new RegistryError(reference, said, hint);
}
