// The steps before the engine may run, as tasks: commands take those they need.
import type { ListrTask } from "listr2";
import { baseImageTask, dockerTask } from "../../tools/docker-engine";
import { imageTasks } from "../../tools/image-builds";
import { pluginTask } from "../../tools/plugins";
import { toolTasks } from "../../tools/toolchain";

/** The Pulumi CLI and its plugins. */
export function engineTasks(): ListrTask[] {
  return [...toolTasks(["pulumi"]), pluginTask()];
}

/** A Docker engine that answers. */
export function dockerTasks(): ListrTask[] {
  return [dockerTask()];
}

/** Every image of this tree, from nothing. Images that copy a tool wait for that tool alone. */
export function imageSteps(): ListrTask[] {
  return [
    dockerTask(),
    baseImageTask(),
    { title: "images", task: (_, task) => task.newListr(imageTasks(), { concurrent: true }) },
  ];
}

/** Everything that `up` needs; what does not depend on each other overlaps. */
export function prepareTask(): ListrTask {
  return {
    title: "prepare",
    task: (_, task) =>
      task.newListr(
        [
          { title: "engine", task: (_, engine) => engine.newListr(engineTasks(), { concurrent: false }) },
          { title: "platform", task: (_, platform) => platform.newListr(imageSteps(), { concurrent: false }) },
        ],
        { concurrent: true },
      ),
  };
}
