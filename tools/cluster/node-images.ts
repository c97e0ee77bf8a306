// Images on the node: the cluster's own, and those that the Docker engine has.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import Docker from "dockerode";
import { invalid } from "../../infra/lib/errors";
import { buildImage } from "../image-builds";
import { toolPath } from "../recipe";
import { run, Tail } from "../run";
import { inside } from "./sandbox";
import { IMAGES } from "./settings";

const CTR = ["/usr/bin/ctr", "--namespace", "k8s.io"] as const;

/** Arguments of containerd's client, inside the cluster. */
export function ctr(...args: readonly string[]): [string, ...string[]] {
  return inside([...CTR, ...args]);
}

/** Names of the images on the node, in full. */
export async function imagesOnNode(): Promise<readonly string[]> {
  return (await run(ctr("images", "list", "-q"))).split("\n");
}

/** Copies images of the Docker engine that the node lacks. A content tag never changes, so the name is enough to know. */
export async function loadImages(tags: readonly string[]): Promise<readonly string[]> {
  const present = await imagesOnNode();
  const missing = tags.filter((tag) => !present.includes(`docker.io/${tag}`));
  if (missing.length === 0) return [];
  const [program, ...args] = ctr("images", "import", "-");
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
  const said = new Tail(10);
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.add(text));
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  // One archive for all: layers that they share are in it once. The library's types do not know the call.
  const docker = new Docker() as Docker & { getImages(options: object): Promise<NodeJS.ReadableStream> };
  // Who takes the images may stop reading at the archive's end mark, before its padding; the exit code says how it went.
  await pipeline(await docker.getImages({ names: missing }), child.stdin).catch(() => undefined);
  if ((await ended) !== 0)
    throw invalid(
      "cluster",
      ["images were not taken:", ...said.lines].join("\n    "),
      "./groundwork images builds them",
    );
  return missing;
}

/** Builds the cluster's own images: little more than names for the base image. */
export async function buildClusterImages(report: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "groundwork-cluster-"));
  const dockerfile = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, `ARG BASE\nFROM \${BASE}\n${text}`);
    return { name: "Dockerfile", mode: 0o644, path };
  };
  try {
    const docker = new Docker();
    const dns = { name: "coredns", mode: 0o755, path: toolPath("coredns") };
    const sleeping = dockerfile("base", 'ENTRYPOINT ["sleep", "infinity"]\n');
    const naming = dockerfile("dns", 'COPY coredns /usr/bin/coredns\nUSER 65532\nENTRYPOINT ["coredns"]\n');
    await buildImage(docker, { name: "cluster-base", tag: IMAGES.base, files: [sleeping] }, report);
    await buildImage(docker, { name: "cluster-dns", tag: IMAGES.dns, files: [naming, dns] }, report);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
