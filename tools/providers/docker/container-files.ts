// The files of `uploads`, as archives for a container that is made but not started. Pure but for packing.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { type Pack, pack } from "tar-stream";
import type { ContainerInputs } from "./container-options";

type Upload = NonNullable<ContainerInputs["uploads"]>[number];

/** Files that go below one directory of the container. */
export interface Archive {
  readonly directory: string;
  readonly uploads: readonly Upload[];
}

/**
 * The archives to put. The engine writes to a container with a read-only root only where the archive's own directory lies
 * in a volume, so there each volume gets its own.
 */
export function archives(inputs: ContainerInputs): Archive[] {
  const groups = new Map<string, Upload[]>();
  for (const upload of inputs.uploads ?? []) {
    const directory = inputs.readOnly ? (volumeOf(upload.file, inputs) ?? "/") : "/";
    groups.set(directory, [...(groups.get(directory) ?? []), upload]);
  }
  return [...groups].map(([directory, uploads]) => ({ directory, uploads }));
}

/** The mount point of the innermost volume that holds `file`. */
export function volumeOf(file: string, { volumes = [], mounts = [] }: ContainerInputs): string | undefined {
  const points = [
    ...volumes.filter(({ readOnly }) => !readOnly).map(({ containerPath }) => containerPath ?? ""),
    ...mounts.filter(({ readOnly, type }) => !readOnly && type !== "tmpfs").map(({ target }) => target),
  ];
  return points
    .filter((point) => point !== "" && file.startsWith(`${point.replace(/\/$/, "")}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** One archive as a tar stream: everything belongs to root unless an owner is named. */
export function tar({ directory, uploads }: Archive): Pack {
  const archive = pack();
  const made = new Set<string>();
  for (const upload of uploads) {
    const name = posix.relative(directory, upload.file);
    for (const parent of parents(name)) {
      if (directory === "/" || made.has(parent)) continue;
      made.add(parent);
      archive.entry({ name: parent, type: "directory", mode: 0o755, uid: 0, gid: 0 });
    }
    archive.entry(
      { name, mode: modeOf(upload), uid: Number(upload.owner ?? 0), gid: Number(upload.group ?? 0) },
      content(upload),
    );
  }
  archive.finalize();
  return archive;
}

function parents(name: string): string[] {
  const parts = posix
    .dirname(name)
    .split("/")
    .filter((part) => part !== ".");
  return parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
}

/** The file's mode: `permissions` in octal, else executable for its owner or not. */
export function modeOf({ permissions, executable }: Upload): number {
  return permissions === undefined ? (executable ? 0o744 : 0o644) : Number.parseInt(permissions, 8);
}

function content({ content: text, contentBase64, source }: Upload): Buffer {
  if (source !== undefined) return readFileSync(source);
  return contentBase64 === undefined ? Buffer.from(text ?? "") : Buffer.from(contentBase64, "base64");
}
