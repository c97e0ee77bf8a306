// When the node says that it has an image: the kubelet looks only twice a minute, and others ask the API, not containerd.
import { CoreV1Api } from "@kubernetes/client-node";
import { clusterAccess } from "./access";
import { until } from "./until";

/** Twice the kubelet's own pace of looking and telling. */
const SECONDS = 120;

/** Resolves once every node reports every one of `tags`. */
export async function imagesReported(tags: readonly string[]): Promise<void> {
  const api = clusterAccess().makeApiClient(CoreV1Api);
  await until("the node to report its images", SECONDS, async () => {
    const { items } = await api.listNode();
    return items.every(({ status }) => {
      const names = new Set((status?.images ?? []).flatMap((image) => image.names ?? []));
      return tags.every((tag) => names.has(`docker.io/${tag}`));
    });
  });
}
