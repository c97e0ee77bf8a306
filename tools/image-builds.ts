// Builds the images that are missing, two at a time, with whatever Docker engine answers.
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import Docker from "dockerode";
import { Concurrency, type ListrTask } from "listr2";
import { pack } from "tar-stream";
import { BUILT_IMAGES, type BuiltImage, type BuiltImageName } from "../infra/catalogue/images";
import { invalid } from "../infra/lib/errors";
import { type EngineEvent, follow, hasImage } from "./docker-engine";
import { type ContextFile, contextFiles, imageTags } from "./images";
import { locked } from "./lock";
import { CACHE } from "./paths";
import { BASE } from "./pins";
import { toolFile, toolPath } from "./recipe";
import { Tail } from "./run";
import { installTool } from "./toolchain";

/** What an image is made of. */
interface Image {
  readonly name: string;
  readonly tag: string;
  readonly files: readonly ContextFile[];
}

type Report = (line: string) => void;

/** Characters of a line of the build log that are shown; a step repeats its whole command. */
const LONGEST = 100;

const builds = new Concurrency({ concurrency: 2 });

/** One task per image, independent of each other. They need the base image; the tools they copy they install themselves. */
export function imageTasks(): ListrTask[] {
  const docker = new Docker();
  return Object.entries(imageTags()).map(([name, tag]) => ({
    title: `image ${tag}`,
    task: async (_, task) => {
      if (await hasImage(docker, tag)) return;
      const report = (line: string) => {
        task.output = line;
      };
      await build(docker, name as BuiltImageName, tag, report);
    },
  }));
}

async function build(docker: Docker, name: BuiltImageName, tag: string, report: Report): Promise<void> {
  const { tools }: BuiltImage = BUILT_IMAGES[name];
  await Promise.all(tools.map((tool) => installTool(tool, (line) => report(`${tool}: ${line}`))));
  const binaries = tools.map((tool) => ({ name: `bin/${toolFile(tool)}`, mode: 0o755, path: toolPath(tool) }));
  const image = { name, tag, files: [...contextFiles(name), ...binaries] };
  const work = async () => {
    if (!(await hasImage(docker, tag))) await buildImage(docker, image, report);
  };
  const onWait = (pid: number) => report(`process ${pid} is building it`);
  report("waiting for other images");
  await builds.add(() => locked(join(CACHE, "images", `${name}.lock`), work, { onWait }));
}

/** Builds one image; the engine names it when its last step is done. A failure repeats the end of the build log. */
export async function buildImage(docker: Docker, { name, tag, files }: Image, report: Report): Promise<void> {
  const log = new Tail(30);
  const stream = await docker.buildImage(buildContext(files), {
    t: tag,
    buildargs: { BASE: BASE.image },
    labels: { "org.opencontainers.image.title": `groundwork ${name}`, "groundwork.content": tag.split(":")[1] ?? "" },
    rm: true,
    forcerm: true,
  });
  const show = ({ stream: text = "" }: EngineEvent) => {
    for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
      log.add(line);
      report(line.slice(0, LONGEST));
    }
  };
  try {
    await follow(docker, stream, show);
    if (!(await hasImage(docker, tag))) throw new Error("the engine broke off");
  } catch (error) {
    const fact = ["its build failed, and said last:", ...log.lines, (error as Error).message].join("\n    ");
    throw invalid(`images/${name}`, fact, "correct its Dockerfile, or run it again");
  }
}

/** The files as a tar stream: owners and times are fixed, so that the engine's cache sees contents only. */
function buildContext(files: readonly ContextFile[]): NodeJS.ReadableStream {
  const archive = pack();
  const write = async () => {
    for (const { name, mode, path } of files) {
      const entry = archive.entry({ name, mode, size: statSync(path).size, mtime: new Date(0) });
      await pipeline(createReadStream(path), entry);
    }
    archive.finalize();
  };
  write().catch((error: Error) => archive.destroy(error));
  return archive;
}
