// How long `up` takes from built images to every service healthy, against what the Docker engine itself needs.
import { randomUUID } from "node:crypto";
import { dockerEngine, stackObjects } from "../ops/lib/docker";
import { TEST_STACK, withTestStack } from "../ops/lib/test-stack";
import { imageTags } from "../tools/images";
import { type Measure, seconds } from "./measurement";
import { groundwork } from "./platform";

export const measureUp: Measure = (report) => withTestStack(TEST_STACK, () => measure(report), report);

async function measure(report: (line: string) => void): ReturnType<Measure> {
  const docker = dockerEngine();
  await groundwork("down", report);
  try {
    report(`bringing stack ${TEST_STACK} up`);
    const value = await seconds(() => groundwork("up", report));
    const { containers } = await stackObjects(docker, TEST_STACK);
    report(`starting ${containers.length} bare containers`);
    const floor = await seconds(() => startBare(containers.length));
    return [
      {
        name: "up",
        about: "from built images to all healthy ÷ creating and starting as many containers that do nothing",
        value,
        unit: "s",
        peer: { name: "bare containers", value: floor },
      },
    ];
  } finally {
    await groundwork("down", report);
  }
}

/** Creates and starts containers that only sleep, all at once, and removes them. */
async function startBare(count: number): Promise<void> {
  const docker = dockerEngine();
  const run = randomUUID().slice(0, 8);
  const containers = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      docker.createContainer({
        name: `groundwork-bench-${run}-${i}`,
        Image: imageTags().etcd,
        Cmd: ["sleep", "infinity"],
        HostConfig: { AutoRemove: true, NetworkMode: "none" },
      }),
    ),
  );
  try {
    await Promise.all(containers.map((container) => container.start()));
  } finally {
    await Promise.all(containers.map((container) => container.remove({ force: true })));
  }
}
