// Reading another process's events while it runs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { PRIVATE } from "../../tools/paths";
import { NamelessFile } from "./follow";

test("hands on every line of another process, also the last one without an end", async () => {
  const file = new NamelessFile();
  const child = spawn("sh", ["-c", "echo one; echo; printf 'zw\\303\\266lf'"], { stdio: ["ignore", file.writer, 2] });
  const lines: string[] = [];
  await file.follow(once(child, "exit"), (line) => lines.push(line));
  file.close();
  expect(lines).toEqual(["one", "", "zwölf"]);
});

test("reads what is longer than its buffer, in whole lines and whole letters", async () => {
  const file = new NamelessFile();
  const long = "ä".repeat(100_000);
  writeSync(file.writer, `x${long}\n${long}\n`);
  const lines: string[] = [];
  await file.follow(Promise.resolve(), (line) => lines.push(line));
  file.close();
  expect(lines.map((line) => line.length)).toEqual([100_001, 100_000]);
});

test("has no name on disk", () => {
  const file = new NamelessFile();
  expect(readdirSync(PRIVATE).filter((name) => name.startsWith(`output.${process.pid}.`))).toEqual([]);
  file.close();
});
