// Which images of a registry are pinned to their content, and how that differs from what the registries say. Pure.
import {
  BUILT_IMAGES,
  type BuiltImageName,
  type ImageDigests,
  isPulled,
  PULLED_IMAGES,
  type PulledImageName,
} from "../../infra/catalogue/images";
import type { RenderContext } from "../../infra/platforms/platform";

/** What became of one image's pin. */
export interface Pin {
  readonly reference: string;
  readonly digest: string;
  /** The lock has another digest than the registry (`moved`), none (`missing`), or the same. */
  readonly was: "pinned" | "moved" | "missing";
}

/** The references of all images that others publish. */
export function publishedReferences(): readonly string[] {
  return (Object.keys(PULLED_IMAGES) as PulledImageName[]).map((name) => PULLED_IMAGES[name].pull);
}

/** The lock against what the registries have now. */
export function comparePins(lock: ImageDigests, found: ImageDigests): readonly Pin[] {
  return Object.entries(found).map(([reference, digest]) => ({
    reference,
    digest,
    was: lock[reference] === digest ? "pinned" : lock[reference] === undefined ? "missing" : "moved",
  }));
}

/** The lock with new pins, without those of versions that no table names any more. What was pushed elsewhere stays. */
export function withPins(lock: ImageDigests, found: ImageDigests): ImageDigests {
  const published = publishedReferences();
  const repositories = new Set(published.map(repositoryOf));
  const kept = Object.entries(lock).filter(
    ([reference]) => published.includes(reference) || !repositories.has(repositoryOf(reference)),
  );
  return { ...Object.fromEntries(kept), ...found };
}

/** The lock with a pushed image, instead of the one that stood in the same repository. */
export function withPushed(lock: ImageDigests, reference: string, digest: string): ImageDigests {
  const kept = Object.entries(lock).filter(([other]) => repositoryOf(other) !== repositoryOf(reference));
  return { ...Object.fromEntries(kept), [reference]: digest };
}

/** The names of all images that are built here, as they are called in a registry: `<registry>/etcd:<hash>`. */
export function pushedReferences(
  registry: string,
  tags: Readonly<Record<BuiltImageName, string>>,
): readonly { readonly local: string; readonly reference: string }[] {
  return (Object.keys(BUILT_IMAGES) as BuiltImageName[]).map((name) => ({
    local: tags[name],
    reference: tags[name].replace(/^groundwork/, registry),
  }));
}

/** What to say of a stack whose registry could put another image under a name; empty where none can be. */
export function unpinnedNote({ environment, services, image }: RenderContext): string {
  const pulled = [...new Set(services.map((spec) => spec.image))].filter((name) => isPulled(name, environment));
  const open = pulled.map(image).filter((reference) => !reference.includes("@"));
  if (open.length === 0) return "";
  return [
    `stack ${environment.stack} takes ${open.length} of ${pulled.length} images by tag, which a registry can move:`,
    ...open.map((reference) => `  ${reference}`),
    "  hint: ./groundwork images pin, and ./groundwork images push for your own; then commit images/lock.json",
  ].join("\n");
}

function repositoryOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf(":"));
}
