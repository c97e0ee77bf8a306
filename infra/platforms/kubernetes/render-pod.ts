// The pod template of a service: one container that may do as little as possible.
import { IMAGES, isPulled } from "../../catalogue/images";
import { poolOf } from "../../catalogue/pools";
import { reservedOf } from "../../catalogue/resources";
import type { HostRead, Probe, ServiceSpec } from "../../catalogue/spec";
import { mebibytes, type Size, seconds } from "../../lib/units";
import type { RenderContext } from "../platform";
import { clusterOf } from "./address";
import { priorityClassName } from "./ground";
import { podSelector, serviceLabels } from "./labels";
import { filesVolume, secretVariables } from "./render-configuration";
import { expandable, literal, namesOwnCopy, POD_NAME, resolverOf } from "./texts";

/** What fails for this long on end is not coming back by itself. */
const HOPELESS_SECONDS = 300;
/** A start may copy a database or wait for others. */
const START_SECONDS = 600;
/** Until proxies and poolers have heard that a copy goes, it still serves. */
const LEAVE_SECONDS = 5;

/** Where a daemon finds what it reads of its machine, by what is read: path on the machine → path in the container. */
const HOST_PATHS: Readonly<Record<HostRead, Readonly<Record<string, string>>>> = {
  logs: { "/var/log/pods": "/var/log/pods", "/var/log/containers": "/var/log/containers" },
  machine: { "/proc": "/host/proc", "/sys": "/host/sys", "/": "/host/root" },
};

/** The template, of which the registrar writes the checksum. */
export function podTemplate(spec: ServiceSpec, context: RenderContext): object {
  return {
    metadata: { labels: serviceLabels(context.environment.stack, spec.name) },
    spec: podSpec(spec, context),
  };
}

function podSpec(spec: ServiceSpec, context: RenderContext): object {
  const { environment } = context;
  const files = filesVolume(spec, context);
  const own = ownVolumes(spec);
  const grace = seconds(spec.stopGrace) + (leaves(spec) ? LEAVE_SECONDS : 0);
  const credentials = clusterOf(environment).registryCredentials;
  return {
    serviceAccountName: spec.name,
    automountServiceAccountToken: false,
    // Variables of every other service in the namespace are no business of this one.
    enableServiceLinks: false,
    priorityClassName: priorityClassName(spec.priority, environment),
    ...(credentials !== undefined && { imagePullSecrets: [{ name: credentials }] }),
    securityContext: podSecurity(spec),
    terminationGracePeriodSeconds: grace,
    ...(isJob(spec) && { restartPolicy: "Never" }),
    ...machines(spec, context),
    ...spreading(spec, context),
    containers: [container(spec, context, [...files.mounts, ...own.mounts])],
    ...(files.volumes.length + own.volumes.length > 0 && { volumes: [...files.volumes, ...own.volumes] }),
  };
}

function container(spec: ServiceSpec, context: RenderContext, mounts: readonly object[]): object {
  const resolver = resolverOf(spec, context);
  const texts = [...spec.args, ...Object.values(spec.env)];
  const env = [
    ...(texts.some(namesOwnCopy) ? [{ name: POD_NAME, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] : []),
    ...Object.entries(spec.env).map(([name, value]) => ({ name, value: expandable(value, resolver) })),
    ...secretVariables(spec),
  ];
  const ports = Object.values(spec.ports).map((containerPort) => ({ containerPort, protocol: "TCP" }));
  const volumeMounts = [
    ...mounts,
    ...Object.entries(spec.volumes).map(([name, { mount }]) => ({ name, mountPath: mount })),
  ];
  return {
    name: spec.name,
    image: context.image(spec.image),
    // What is built here is in no registry: asking one for its name could bring something else.
    imagePullPolicy: isPulled(spec.image, context.environment) ? "IfNotPresent" : "Never",
    ...(spec.args.length > 0 && { args: spec.args.map((arg) => expandable(arg, resolver)) }),
    ...(env.length > 0 && { env }),
    ...(ports.length > 0 && { ports }),
    resources: resources(spec),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
    ...(volumeMounts.length > 0 && { volumeMounts }),
    ...probes(spec, (probe) => probe.command.map((word) => literal(word, resolver))),
    ...(leaves(spec) && { lifecycle: { preStop: { sleep: { seconds: LEAVE_SECONDS } } } }),
  };
}

/** Its own user, no root, no rights to gain. Who reads the logs of others must be root, since they belong to root. */
function podSecurity(spec: ServiceSpec): object {
  const { uid } = IMAGES[spec.image];
  const root = spec.hostReads.includes("logs");
  return {
    ...(root ? { runAsUser: 0, runAsGroup: 0 } : { runAsNonRoot: true, runAsUser: uid, runAsGroup: uid }),
    fsGroup: uid,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

function resources(spec: ServiceSpec): object {
  const { cpu, memory } = spec.resources;
  const reserved = reservedOf(spec.resources);
  return {
    requests: { cpu: milli(reserved.cpu), memory: quantity(reserved.memory) },
    limits: { cpu: milli(cpu), memory: quantity(memory) },
  };
}

/** Ready is who may be sent work; alive, who need not be restarted; and while one starts, nobody asks for either. */
function probes({ ready, alive = ready, ...spec }: ServiceSpec, command: (probe: Probe) => readonly string[]): object {
  if (ready === undefined || alive === undefined || isJob(spec)) return {};
  const asked = (probe: Probe, patience: number) => ({
    exec: { command: command(probe) },
    periodSeconds: seconds(probe.interval),
    timeoutSeconds: seconds(probe.timeout),
    failureThreshold: Math.max(probe.retries, Math.ceil(patience / seconds(probe.interval))),
  });
  return {
    startupProbe: { ...asked(alive, Math.max(START_SECONDS, seconds(alive.startPeriod))) },
    readinessProbe: asked(ready, 0),
    livenessProbe: asked(alive, HOPELESS_SECONDS),
  };
}

/** Memory-backed directories, and what a daemon reads of its machine. */
function ownVolumes(spec: ServiceSpec): { readonly volumes: readonly object[]; readonly mounts: readonly object[] } {
  const scratch = Object.entries(spec.scratch).map(([path, size]) => ({
    volume: {
      name: `scratch${path.replaceAll(/[/_.]/g, "-")}`,
      emptyDir: { medium: "Memory", sizeLimit: quantity(size) },
    },
    mount: { mountPath: path },
  }));
  const host = spec.hostReads.flatMap((what) =>
    Object.entries(HOST_PATHS[what]).map(([path, mountPath]) => ({
      volume: {
        name: `host${path === "/" ? "-root" : path.replaceAll("/", "-")}`,
        hostPath: { path, type: "Directory" },
      },
      mount: { mountPath, readOnly: true },
    })),
  );
  // A daemon's note of how far it has come ends with its pod: the next one does some work again.
  const notes = Object.entries(spec.shape === "daemon" ? spec.volumes : {}).map(([name, { size }]) => ({
    volume: { name, emptyDir: { sizeLimit: quantity(size) } },
  }));
  const all = [...scratch, ...host, ...notes];
  return {
    volumes: all.map(({ volume }) => volume),
    // The container mounts the volumes of its spec already.
    mounts: [...scratch, ...host].map(({ volume, mount }) => ({ name: volume.name, ...mount })),
  };
}

/** The machines of its kind, where the stack says how they are marked. */
function machines(spec: ServiceSpec, { environment }: RenderContext): object {
  const pool = poolOf(spec);
  const nodeSelector = pool === undefined ? {} : clusterOf(environment).pools[pool];
  return Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {};
}

/** Copies keep apart: on different machines, and in different zones where there are any. */
function spreading(spec: ServiceSpec, { environment }: RenderContext): object {
  if (spec.shape !== "stateful" && spec.shape !== "stateless") return {};
  if (spec.copies === 1 && spec.scale === undefined) return {};
  const labelSelector = { matchLabels: podSelector(spec.name) };
  const required = clusterOf(environment).spread === "required";
  const over = (topologyKey: string, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector,
    // Counted for each revision, or the first pod of a new one would find every machine taken.
    ...(spec.shape === "stateless" && { matchLabelKeys: ["pod-template-hash"] }),
  });
  const apart = { topologyKey: MACHINE, labelSelector };
  return {
    topologySpreadConstraints: [
      over(MACHINE, required ? "DoNotSchedule" : "ScheduleAnyway"),
      over(ZONE, "ScheduleAnyway"),
    ],
    ...(spec.shape === "stateful" && {
      affinity: {
        podAntiAffinity: required
          ? { requiredDuringSchedulingIgnoredDuringExecution: [apart] }
          : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] },
      },
    }),
  };
}

const MACHINE = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

/** A copy that a balancer sends work to has to be taken off its list before it goes. */
function leaves({ shape, ports }: ServiceSpec): boolean {
  return shape === "stateless" && Object.keys(ports).length > 0;
}

function isJob({ shape }: Pick<ServiceSpec, "shape">): boolean {
  return shape === "job" || shape === "scheduled";
}

const milli = (cores: number): string => `${Math.round(cores * 1000)}m`;
const quantity = (size: Size): string => `${mebibytes(size)}Mi`;
