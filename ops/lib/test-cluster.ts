// What the kubernetes tier needs: a cluster with the images of its stack. One that is there already is used, and left.
import { clusterDownTask, clusterIsUp, clusterUpTasks } from "../../tools/cluster/cluster";
import { loadImages } from "../../tools/cluster/node-images";
import { imagesReported } from "../../tools/cluster/reported-images";
import { imageTags } from "../../tools/images";
import { loadStack } from "./stack";
import { prepareTask } from "./steps";
import type { TierNeeds } from "./test-stack";

/** Tools, images, cluster; and its end, unless somebody else had started it. */
export async function clusterNeeds(stack: string): Promise<TierNeeds> {
  const wasThere = await clusterIsUp();
  const { services } = loadStack(stack);
  const used = new Set<string>(services.map(({ image }) => image));
  const tags = Object.entries(imageTags()).flatMap(([name, tag]) => (used.has(name) ? [tag] : []));
  return {
    tasks: [
      prepareTask(),
      ...clusterUpTasks(),
      {
        title: "images on the node",
        task: async () => {
          await loadImages(tags);
          await imagesReported(tags);
        },
      },
    ],
    after: wasThere ? [] : [clusterDownTask()],
  };
}
