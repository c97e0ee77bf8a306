// Progress as a log sees it. Elapsed times are left out: they are the machine's.
import { PassThrough } from "node:stream";
import { Listr, type ListrTask } from "listr2";
import { expect, test } from "vitest";
import { PlainRenderer } from "./plain-renderer";

async function shown(tasks: ListrTask[]): Promise<readonly string[]> {
  const stream = new PassThrough();
  const list = new Listr(tasks, {
    renderer: PlainRenderer,
    rendererOptions: { stream },
    registerSignalListeners: false,
  });
  await list.run().catch(() => undefined);
  return String(stream.read() ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^ *\d+ s {2}/, ""));
}

test("what is quick and well is not worth a line", async () => {
  expect(await shown([{ title: "quick", task: () => undefined }])).toEqual([]);
});

test("a failure is always shown", async () => {
  const failing = { title: "failing", task: () => Promise.reject(new Error("no")) };
  expect(await shown([failing])).toEqual(["failing: failed after 0 s"]);
});

test("output is shown at once and then seldom, or all of it where a task asks for that", async () => {
  const talking = (task: { output: string }) => {
    for (const line of ["one", "two", "three"]) task.output = line;
  };
  expect(await shown([{ title: "a", task: (_, task) => talking(task) }])).toEqual(["a: one"]);
  const persistent: ListrTask = {
    title: "b",
    rendererOptions: { persistentOutput: true },
    task: (_, task) => talking(task),
  };
  expect(await shown([persistent])).toEqual(["b: one", "b: two", "b: three"]);
});
