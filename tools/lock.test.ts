// The lock: mutual exclusion, and holders that died.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InvalidInput } from "../infra/lib/errors";
import { locked } from "./lock";

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  lock = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("work under one lock never overlaps", async () => {
  let inside = 0;
  let most = 0;
  const work = () =>
    locked(lock, async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    });
  await Promise.all([work(), work()]);
  expect(most).toBe(1);
  expect(existsSync(lock)).toBe(false);
});

test("the lock is free again after an error", async () => {
  await expect(locked(lock, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(existsSync(lock)).toBe(false);
});

test("the lock of a process that has ended is broken", async () => {
  const ended = spawnSync("true").pid;
  writeFileSync(lock, `${ended} 1`);
  await expect(locked(lock, async () => "done")).resolves.toBe("done");
});

test("the lock of a reused process id is broken", async () => {
  writeFileSync(lock, `${process.pid} 1`);
  await expect(locked(lock, async () => "done")).resolves.toBe("done");
});

test("a living holder is named and waited for, not for ever", async () => {
  const holder = spawn("cat");
  try {
    const fields = readFileSync(`/proc/${holder.pid}/stat`, "utf8").split(" ");
    writeFileSync(lock, `${holder.pid} ${fields[21]}`);
    const waits: number[] = [];
    const attempt = locked(lock, async () => "never", { patience: 0, onWait: (pid) => waits.push(pid) });
    await expect(attempt).rejects.toBeInstanceOf(InvalidInput);
    expect(waits).toEqual([holder.pid]);
  } finally {
    holder.kill();
  }
});
