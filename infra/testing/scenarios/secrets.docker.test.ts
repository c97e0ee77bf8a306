// No secret of the running stack stands anywhere but where it was delivered: every generated value is searched for.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { pulumi, stateFolder } from "../../../ops/lib/pulumi";
import { PRIVATE } from "../../../tools/paths";
import { secret } from "../../catalogue/spec";
import { dockerRig, engine, stackContainers } from "../docker-rig";
import { type Copy, deliveredAt } from "../rig";
import { succeeded } from "./cli";
import { leaks, type Needle } from "./needles";
import { expectClean, processArguments, stackNeedles } from "./stack-needles";

const rig = dockerRig();
const { stack } = rig.environment;
let needles: readonly Needle[];

beforeAll(async () => {
  needles = await stackNeedles(stack);
}, 60_000);

async function named<T>(
  things: readonly T[],
  name: (thing: T) => string,
  text: (thing: T) => unknown,
): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(
      things.map(async (thing) => {
        const found = await text(thing);
        return [name(thing), typeof found === "string" ? found : JSON.stringify(found)] as const;
      }),
    ),
  );
}

test("the search finds a secret where one is", async () => {
  const [copy] = rig.copies("redis");
  const { stdout } = await (copy as Copy).exec(["cat", deliveredAt(rig, "redis", secret("redis"))]);
  expect(leaks(needles, "its own file", stdout)).toEqual(["redis: its own file"]);
});

test("not in what `docker inspect` shows of containers", async () => {
  expectClean(
    needles,
    await named(
      await stackContainers(stack),
      ({ Name }) => Name,
      (info) => info,
    ),
    stack,
  );
});

test("not in networks, volumes, images and the images' history", async () => {
  const containers = await stackContainers(stack);
  const { Volumes } = await engine.listVolumes();
  const images = [...new Set(containers.map(({ Image }) => Image))].map((id) => engine.getImage(id));
  expectClean(
    needles,
    {
      ...(await named(
        await engine.listNetworks(),
        ({ Name }) => Name,
        ({ Id }) => engine.getNetwork(Id).inspect(),
      )),
      ...(await named(
        Volumes ?? [],
        ({ Name }) => Name,
        (volume) => volume,
      )),
      ...(await named(
        images,
        ({ id }) => id,
        (image) => image.inspect(),
      )),
      ...(await named(
        images,
        ({ id }) => `history of ${id}`,
        (image) => image.history(),
      )),
    },
    stack,
  );
});

test("not in the arguments of any process of this machine", async () => {
  expectClean(needles, { processes: processArguments() }, "patroni");
});

test("not in any container's log", async () => {
  const containers = await stackContainers(stack);
  const logs = await named(
    containers,
    ({ Name }) => `log of ${Name}`,
    async ({ Id }) =>
      (await engine.getContainer(Id).logs({ stdout: true, stderr: true, follow: false })).toString("utf8"),
  );
  expectClean(needles, logs, "patroni");
});

test("not in the state, nor in any log or file of a run", () => {
  const folder = stateFolder(stack) as string;
  const folders = [folder, join(PRIVATE, "logs"), join(PRIVATE, "workspace"), join(PRIVATE, "locks")];
  expectClean(
    needles,
    Object.fromEntries(folders.flatMap(filesIn).map((path) => [path, readFileSync(path, "utf8")])),
    stack,
  );
});

test("not in previews, status or what `up` prints", async () => {
  const printed = async (...args: string[]) => [args.join(" "), await succeeded(...args)] as const;
  const texts = Object.fromEntries([
    await printed("preview", "-s", stack),
    await printed("preview", "-s", stack, "--json"),
    await printed("status", "-s", stack, "--json"),
    await printed("up", "-s", stack),
    ["pulumi preview", await pulumi(stack, ["preview", "--diff"])],
    ["pulumi preview as JSON", await pulumi(stack, ["preview", "--json"])],
    ["pulumi stack", await pulumi(stack, ["stack"])],
  ]);
  expectClean(needles, texts, stack);
}, 180_000);

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
