// Whether the nodes of a cluster have the images that nobody can pull.
import type { Problem } from "../../infra/lib/errors";
import type { RenderContext } from "../../infra/platforms/platform";
import { imageTags } from "../../tools/images";
import { type Cluster, isStatus } from "../../tools/providers/kubernetes/cluster";
import type { Live } from "../../tools/providers/kubernetes/identity";

/** The kubelet reports no more images than this; where it reports as many, an absent one may be there all the same. */
const REPORTED_IMAGES = 50;

interface Node extends Live {
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: { readonly images?: readonly { readonly names?: readonly string[] }[] };
}

/** With `images: build` nobody can pull them: every node must have them. */
export async function imageProblems(
  cluster: Cluster,
  { environment, services }: RenderContext,
): Promise<readonly Problem[]> {
  if (environment.images === "registry") return [];
  const tags: Readonly<Record<string, string>> = imageTags();
  const wanted = [...new Set(services.flatMap(({ image }) => tags[image] ?? []))];
  const nodes = await cluster.get<{ items: Node[] }>("/api/v1/nodes").catch((error) => {
    if (isStatus(error, 403)) return undefined;
    throw error;
  });
  return (nodes?.items ?? []).filter(({ spec }) => !spec.unschedulable).flatMap((node) => missingImages(node, wanted));
}

/** The images that a node lacks, as one problem. Pure. */
export function missingImages(
  { metadata, status }: Pick<Node, "metadata" | "status">,
  wanted: readonly string[],
): readonly Problem[] {
  const images = status.images ?? [];
  if (images.length >= REPORTED_IMAGES) return [];
  const present = new Set(images.flatMap(({ names = [] }) => names.map((name) => name.replace(/^docker\.io\//, ""))));
  const missing = wanted.filter((tag) => !present.has(tag));
  if (missing.length === 0) return [];
  return [
    {
      path: `node ${metadata.name}`,
      fact: `lacks ${missing.join(", ")}, which no registry has`,
      hint: "load them into the node, e.g. with groundwork cluster load, and give it a minute to notice; or set groundwork:images to registry",
    },
  ];
}
