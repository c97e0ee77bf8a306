// Turns rendered containers and volumes into resources. Makes no decision; only this file names @pulumi/docker's classes.
import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../catalogue/spec";
import type { Environment } from "../../environment";
import { physicalName } from "../../lib/naming";
import type { Piece } from "../flatten";
import type { Registrar } from "../registrar";
import { COPY_LABEL, SERVICE_LABEL, STACK_LABEL, stackLabels } from "./labels";
import type { DockerContainer, DockerService, DockerUpload, DockerVolume } from "./render";

type Networks = Readonly<Record<Network, docker.Network>>;

/** Rotated, and each line with the labels by which the collector knows whose it is. */
const LOG_OPTIONS = {
  "max-size": "10m",
  "max-file": "3",
  labels: [STACK_LABEL, SERVICE_LABEL, COPY_LABEL].join(","),
};

/** Longest wait for a container to become healthy, or for a job to end. */
const WAIT_SECONDS = 300;

export const dockerRegistrar: Registrar<DockerService, Networks> = {
  ground: ({ environment }, parent) => ({
    edge: network("edge", environment, parent),
    app: network("app", environment, parent),
    data: network("data", environment, parent),
  }),
  register: ({ volumes, containers }, { environment, ground, reveal, parent, after }) => {
    const registered = new Map(volumes.map((volume) => [volume.name, registerVolume(volume, environment, parent)]));
    const images = new Map(
      containers.filter(({ pull }) => pull).map(({ image }) => [image, pulledImage(image, parent)] as const),
    );
    return containers.map((container) =>
      registerContainer(container, { ground, reveal, parent, after, registered, images }),
    );
  },
};

function network(name: Network, { stack }: Environment, parent: pulumi.Resource): docker.Network {
  return new docker.Network(
    name,
    {
      name: physicalName(stack, name),
      driver: "bridge",
      internal: name !== "edge",
      // Without an address on the bridge not even this machine's own services are reached from inside.
      ...(name !== "edge" && { options: { "com.docker.network.bridge.inhibit_ipv4": "true" } }),
      labels: labelList(stackLabels(stack)),
    },
    { parent },
  );
}

function pulledImage(name: string, parent: pulumi.Resource): docker.RemoteImage {
  return new docker.RemoteImage(name, { name, keepLocally: true }, { parent });
}

function registerVolume(volume: DockerVolume, { protect }: Environment, parent: pulumi.Resource): docker.Volume {
  return new docker.Volume(
    volume.name,
    { name: volume.physicalName, driver: "local", labels: labelList(volume.labels) },
    { parent, protect, retainOnDelete: protect },
  );
}

function registerContainer(
  container: DockerContainer,
  context: {
    ground: Networks;
    reveal: (pieces: readonly Piece[]) => pulumi.Input<string>;
    parent: pulumi.Resource;
    after: readonly pulumi.Resource[];
    registered: ReadonlyMap<string, docker.Volume>;
    images: ReadonlyMap<string, docker.RemoteImage>;
  },
): docker.Container {
  const { ground, reveal, parent, after, registered, images } = context;
  const uploads = container.uploads.map(({ file, permissions, content }: DockerUpload) => ({
    file,
    permissions,
    content: reveal(content),
  }));
  const waits = container.healthcheck !== undefined && !container.job;
  return new docker.Container(
    container.name,
    {
      name: container.physicalName,
      hostname: container.name,
      image: images.get(container.image)?.imageId ?? container.image,
      user: container.user,
      // Delivered files belong to root; group 0 lets the service read them and nothing more.
      groupAdds: [...(container.groups ?? ["0"])],
      ...(container.entrypoint && { entrypoints: [...container.entrypoint] }),
      ...(container.command.length > 0 && { command: [...container.command] }),
      envs: [...container.envs],
      labels: labelList(container.labels),
      networkMode: "bridge",
      networksAdvanced: container.networks.map(({ network, aliases }) => ({
        name: ground[network].name,
        aliases: [...aliases],
      })),
      // The engine has no name for a dead peer and asks the host's resolver, which inside networks nobody reaches. By default
      // that takes a resolver's patience of 10 s and more; names that the engine knows are answered at once.
      dnsOpts: ["timeout:1", "attempts:2"],
      ports: container.ports.map((port) => ({ ...port, protocol: "tcp" })),
      volumes: [
        ...container.volumes.map(({ volume, containerPath }) => ({
          volumeName: volumeOf(registered, volume).name,
          containerPath,
        })),
        ...container.anonymousVolumes.map((containerPath) => ({ containerPath })),
      ],
      ...(container.hostMounts && {
        mounts: container.hostMounts.map(({ hostPath, containerPath }) => ({
          type: "bind",
          source: hostPath,
          target: containerPath,
          readOnly: true,
        })),
      }),
      tmpfs: container.tmpfs,
      ...(container.shmSize !== undefined && { shmSize: container.shmSize }),
      uploads,
      ...(container.healthcheck && {
        healthcheck: { ...container.healthcheck, tests: [...container.healthcheck.tests] },
      }),
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      memory: container.memory,
      memorySwap: container.memory,
      cpus: container.cpus,
      ulimits: [{ name: "nproc", soft: container.processes, hard: container.processes }],
      logDriver: "json-file",
      logOpts: LOG_OPTIONS,
      restart: container.restart,
      stopTimeout: container.stopSeconds,
      destroyGraceSeconds: container.stopSeconds,
      ...(container.job ? { mustRun: false, attach: true, logs: true } : { wait: waits, waitTimeout: WAIT_SECONDS }),
    },
    { parent, dependsOn: [...after], additionalSecretOutputs: ["containerLogs"] },
  );
}

function volumeOf(registered: ReadonlyMap<string, docker.Volume>, name: string): docker.Volume {
  const volume = registered.get(name);
  if (volume === undefined) throw new Error(`${name}: no such volume was rendered`);
  return volume;
}

function labelList(labels: Readonly<Record<string, string>>): { label: string; value: string }[] {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}
