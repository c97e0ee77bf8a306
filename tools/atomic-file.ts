// Files that are either whole or absent: written beside their place, then moved into it.
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Replaces `path` with `content`. */
export function replaceFile(path: string, content: string, mode = 0o644): void {
  const beside = writeBeside(path, content, mode);
  renameSync(beside, path);
}

/** Creates `path` with `content` unless it exists; says whether it did. */
export function createFile(path: string, content: string, mode = 0o644): boolean {
  const beside = writeBeside(path, content, mode);
  try {
    linkSync(beside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

function writeBeside(path: string, content: string, mode: number): string {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, content, { mode });
  return beside;
}

/** The nearest folder at or above `path` that exists. */
export function existingAncestor(path: string): string {
  return existsSync(path) ? path : existingAncestor(dirname(path));
}
