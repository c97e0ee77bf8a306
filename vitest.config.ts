// How tests run: one project per tier, so that `vitest run --project unit` is what `./groundwork test --tier unit` runs.
import { defineConfig } from "vitest/config";
import { FAST, type FileTier, filesOf } from "./ops/lib/tiers";

const SLOW: readonly FileTier[] = ["engine", "docker", "kubernetes"];

export default defineConfig({
  test: {
    projects: [
      ...FAST.map((tier) => ({
        test: {
          name: tier,
          ...filesOf(tier),
          // Files share a worker: loading @pulumi/pulumi once takes half a second, loading it for each file many.
          isolate: false,
          // Some tests load every command, which takes its time where others work as well.
          ...(tier !== "program" && { testTimeout: 30_000 }),
          // Programs run in processes of their own, which a busy machine starts slowly.
          ...(tier === "program" && { testTimeout: 60_000, hookTimeout: 60_000 }),
        },
      })),
      ...SLOW.map((tier) => ({
        test: {
          name: tier,
          ...filesOf(tier),
          // They share one platform or one CPU, and must not disturb each other's timing.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...(tier !== "engine" && { globalSetup: "./ops/lib/test-platform.ts" }),
        },
      })),
    ],
  },
});
