// How copies live: apart from each other, replaced one by one, with as few rights as possible.
import { describe, expect, test } from "vitest";
import type { ServiceName } from "../../catalogue/spec";
import { service } from "../../catalogue/spec";
import { manifestsOf, podOf, workloadOf } from "../../testing/manifests";
import { specOf } from "../../testing/rig";
import { stackContext } from "../../testing/stack-context";
import { renderService } from "../platform";
import { copies } from "./address";
import { kubernetes } from "./kubernetes";

const context = stackContext("prod", kubernetes);
const spec = (name: ServiceName) => specOf(context, name);
const rendered = (name: ServiceName) => renderService(kubernetes, spec(name), context);
const manifests = (name: ServiceName, kind: string) => manifestsOf(rendered(name), kind);

describe("copies", () => {
  const many = context.services.filter(
    ({ copies, shape }) => copies > 1 && (shape === "stateful" || shape === "stateless"),
  );

  test.each(many.map(({ name }) => name))("%s: at most one is away on purpose", (name) => {
    const [budget] = manifests(name, "PodDisruptionBudget");
    expect(budget?.spec).toMatchObject({ maxUnavailable: 1 });
  });

  test.each(many.filter(({ shape }) => shape === "stateful").map(({ name }) => name))(
    "%s: its members run on different machines, start together and are replaced one after the other",
    (name) => {
      expect(podOf(rendered(name)).affinity).toHaveProperty(
        "podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution",
      );
      expect(workloadOf(rendered(name)).spec).toMatchObject({
        podManagementPolicy: "Parallel",
        updateStrategy: { type: "RollingUpdate" },
        minReadySeconds: 10,
      });
    },
  );

  test("a single one has no budget, which would keep its machine from ever being emptied", () => {
    const single = context.services.filter(({ copies }) => copies === 1);
    expect(single.flatMap(({ name }) => manifests(name, "PodDisruptionBudget"))).toEqual([]);
  });

  test("interchangeable ones are replaced without one missing", () => {
    expect(workloadOf(rendered("traefik")).spec).toMatchObject({
      replicas: 3,
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
  });

  test("their number is the autoscaler's affair where there is one", () => {
    const scaled = { ...spec("traefik"), scale: { most: 6, cpuPercent: 70 } };
    const { objects } = renderService(kubernetes, scaled, context);
    expect(workloadOf({ objects }).spec).not.toHaveProperty("replicas");
    expect(objects.at(-1)?.manifest.spec).toMatchObject({ minReplicas: 3, maxReplicas: 6 });
  });

  test("names are those of every platform", () => {
    expect(copies(spec("postgres"))).toEqual(["postgres-0", "postgres-1", "postgres-2"]);
  });
});

describe("pods", () => {
  test.each(context.services.map(({ name }) => name))("%s: may do as little as possible", (name) => {
    const pod = podOf(rendered(name));
    expect(pod.enableServiceLinks).toBe(false);
    expect(pod.securityContext).toMatchObject({ seccompProfile: { type: "RuntimeDefault" } });
    if (spec(name).hostReads.length === 0) expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    });
  });

  test("a dollar sign of the catalogue stands for itself, and is no variable of the cluster's", () => {
    const shell = service("imgproxy", { ...spec("imgproxy"), args: ["sh", "-c", "echo $HOME $(id) $$"] });
    const pod = podOf(renderService(kubernetes, shell, context));
    expect(pod.containers[0].args?.[2]).toBe("echo $HOME $$(id) $$$");
  });

  test("a replica is not restarted for the primary's fault", () => {
    const { livenessProbe, readinessProbe } = podOf(rendered("postgres")).containers[0];
    expect(readinessProbe?.exec.command.at(-1)).toBe("https://localhost:8008/read-only");
    expect(livenessProbe?.exec.command.at(-1)).toBe("https://localhost:8008/liveness");
    expect(livenessProbe?.failureThreshold).toBe(30);
  });

  test("configuration that changes replaces the pods that read it", () => {
    const workload = rendered("redis").objects.find(({ manifest }) => manifest.kind === "StatefulSet");
    expect(workload?.checksumOf).toEqual(["redis/configmap/files", "redis/secret/files"]);
  });

  test("Traefik watches one folder with its routes and the certificate of the cluster's secret", () => {
    const pod = podOf(rendered("traefik"));
    const items = (paths: readonly string[], at: string) => paths.map((key) => ({ key, path: `${at}/${key}` }));
    expect(pod.volumes).toContainEqual({
      name: "watched",
      projected: {
        defaultMode: 0o440,
        sources: [
          { configMap: { name: "traefik-files", items: items(["dynamic.yml"], "routes") } },
          { secret: { name: "public-tls", items: items(["tls.crt", "tls.key"], "public") } },
        ],
      },
    });
    expect(pod.containers[0].volumeMounts).toContainEqual({
      name: "watched",
      mountPath: "/etc/groundwork-watched",
      readOnly: true,
    });
  });
});
