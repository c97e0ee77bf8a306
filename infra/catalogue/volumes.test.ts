// What every committed stack must have: a volume for each service that keeps data, and the copies that its purpose asks for.
import { describe, expect, test } from "vitest";
import { docker } from "../platforms/docker/docker";
import { kubernetes } from "../platforms/kubernetes/kubernetes";
import { STACKS_ON, stackContext } from "../testing/stack-context";
import type { ServiceName, ServiceSpec } from "./spec";

const stacks: readonly (readonly [string, readonly ServiceSpec[]])[] = [
  ...STACKS_ON.docker.map((name) => [name, stackContext(name, docker).services] as const),
  ...STACKS_ON.kubernetes.map((name) => [name, stackContext(name, kubernetes).services] as const),
];

describe.each(stacks)("%s", (_, services) => {
  test("what is stateful has volumes, and nothing else but who notes how far it has read", () => {
    const having = services.filter(({ volumes }) => Object.keys(volumes).length > 0);
    const keeping = services.filter(({ shape, hostReads }) => shape === "stateful" || hostReads.includes("logs"));
    expect(having.map(({ name }) => name)).toEqual(keeping.map(({ name }) => name));
  });

  test("what is stateful, or backed up, has volumes, and no two at one place", () => {
    for (const { name, shape, backup, volumes } of services.filter(
      (s) => s.shape === "stateful" || s.backup !== "none",
    )) {
      const mounts = Object.values(volumes).map(({ mount }) => mount);
      expect([name, shape, backup, mounts.length > 0]).toEqual([name, "stateful", backup, true]);
      expect(new Set(mounts).size).toBe(mounts.length);
    }
  });

  test("no file or memory of a container lies where a volume should", () => {
    for (const { volumes, scratch } of services) {
      const mounts = Object.values(volumes).map(({ mount }) => mount);
      expect(Object.keys(scratch).filter((path) => mounts.some((mount) => path.startsWith(`${mount}/`)))).toEqual([]);
    }
  });
});

describe("copies", () => {
  const copies = (stack: string) =>
    Object.fromEntries((stacks.find(([name]) => name === stack)?.[1] ?? []).map((spec) => [spec.name, spec.copies]));
  /** What users' requests pass. Studio and postgres-meta are tools of administrators: one copy, that the cluster starts again. */
  const USED: readonly ServiceName[] = ["gateway", "auth", "rest", "realtime", "storage", "imgproxy", "functions"];

  test("production has three of each Supabase service, three of MinIO and two of the proxy, at least", () => {
    const found = copies("prod");
    expect(USED.filter((name) => (found[name] ?? 0) < 3)).toEqual([]);
    expect([found.minio, found.traefik]).toEqual([4, 3]);
  });

  test("staging has two of each, so that nothing works there only because it is alone", () => {
    const found = copies("staging");
    expect([...USED, "traefik" as const].filter((name) => (found[name] ?? 0) < 2)).toEqual([]);
    expect(found.minio).toBe(4);
  });
});
