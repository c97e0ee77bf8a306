// Builds the images that are missing, two at a time, with whatever Docker engine answers.
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import Docker from "dockerode";
import { Concurrency, type ListrTask } from "listr2";
import { pack } from "tar-stream";
import { IMAGES, type ImageName, type ImageSource } from "../infra/catalogue/images";
import { invalid } from "../infra/lib/errors";
import { hasImage } from "./docker-engine";
import { type ContextFile, contextFiles, imageTags } from "./images";
import { locked } from "./lock";
import { CACHE } from "./paths";
import { BASE } from "./pins";
import { toolPath } from "./recipe";
import { Tail } from "./run";
import { installTool } from "./toolchain";

/** One event of the engine's build log. */
interface BuildEvent {
  readonly stream?: string;
}

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
      await build(docker, name as ImageName, tag, report);
    },
  }));
}

async function build(docker: Docker, name: ImageName, tag: string, report: (line: string) => void): Promise<void> {
  const { tools }: ImageSource = IMAGES[name];
  await Promise.all(tools.map((tool) => installTool(tool, report)));
  report(`${name}: waiting for other images`);
  const work = async () => {
    if (!(await hasImage(docker, tag))) await buildImage(docker, name, tag, report);
  };
  const onWait = (pid: number) => report(`${name}: process ${pid} is building it`);
  await builds.add(() => locked(join(CACHE, "images", `${name}.lock`), work, { onWait }));
}

async function buildImage(docker: Docker, name: ImageName, tag: string, report: (line: string) => void): Promise<void> {
  const { tools }: ImageSource = IMAGES[name];
  const binaries = tools.map((tool) => ({ name: `bin/${tool}`, mode: 0o755, path: toolPath(tool) }));
  const log = new Tail(30);
  const stream = await docker.buildImage(buildContext([...contextFiles(name), ...binaries]), {
    t: tag,
    buildargs: { BASE: BASE.image },
    labels: { "org.opencontainers.image.title": `groundwork ${name}`, "groundwork.content": tag.split(":")[1] ?? "" },
    rm: true,
    forcerm: true,
  });
  const failure = await new Promise<Error | null>((resolve) => {
    docker.modem.followProgress(stream, resolve, ({ stream: text = "" }: BuildEvent) => {
      for (const line of text.split("\n")) {
        log.add(line);
        const step = /^Step (\d+\/\d+) : (.{0,80})/.exec(line);
        // A log file is told the steps; a terminal, which shows one line at a time, every line.
        if (step !== null) report(`${name} ${step[1]}: ${step[2]}`);
        else if (process.stdout.isTTY && line.trim() !== "") report(line);
      }
    });
  });
  if (failure === null) return;
  const end = [...log.lines, failure.message].join("\n    ");
  throw invalid(
    `images/${name}`,
    `its build failed, and said last:\n    ${end}`,
    "correct its Dockerfile, or run it again",
  );
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
