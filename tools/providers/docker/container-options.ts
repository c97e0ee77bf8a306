// The container that the official inputs describe, as the engine's API wants it. Pure.
import type { ContainerArgs } from "@pulumi/docker";
import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import type { InputsOf } from "../resource-type";
import { labelsOf } from "./engine";

export type ContainerInputs = InputsOf<ContainerArgs>;

const MIB = 2 ** 20;
const NANO = 1e9;

/** The engine's request for a container. Its networks are connected afterwards, one call each. */
export function containerOptions(inputs: ContainerInputs, urn: string): ContainerCreateOptions {
  const { healthcheck: check, ports = [], volumes = [] } = inputs;
  const anonymous = volumes.filter((volume) => !volume.volumeName && !volume.hostPath && !volume.fromContainer);
  return compact({
    name: inputs.name,
    platform: inputs.platform,
    Image: inputs.image,
    Cmd: inputs.command,
    Entrypoint: inputs.entrypoints,
    Env: inputs.envs,
    User: inputs.user,
    Hostname: inputs.hostname,
    Domainname: inputs.domainname,
    WorkingDir: inputs.workingDir,
    Tty: inputs.tty ?? false,
    OpenStdin: inputs.stdinOpen ?? false,
    StopSignal: inputs.stopSignal,
    StopTimeout: inputs.stopTimeout,
    Labels: labelsOf(inputs.labels, urn),
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    Volumes: Object.fromEntries(anonymous.map((volume) => [volume.containerPath, {}])),
    Healthcheck:
      check &&
      compact({
        Test: check.tests,
        Interval: nanoseconds(check.interval),
        Timeout: nanoseconds(check.timeout),
        StartPeriod: nanoseconds(check.startPeriod),
        StartInterval: nanoseconds(check.startInterval),
        Retries: check.retries,
      }),
    HostConfig: hostConfig(inputs),
  });
}

function hostConfig(inputs: ContainerInputs): HostConfig {
  const { volumes = [] } = inputs;
  return compact({
    ...runtimeLimits(inputs),
    AutoRemove: inputs.rm ?? false,
    Binds: volumes.flatMap(({ volumeName, hostPath, containerPath, readOnly, selinuxRelabel }) => {
      const source = volumeName ?? hostPath;
      const mode = [readOnly ? "ro" : "", selinuxRelabel ?? ""].filter(Boolean).join(",");
      return source ? [[source, containerPath, mode].filter(Boolean).join(":")] : [];
    }),
    VolumesFrom: volumes.flatMap(({ fromContainer }) => fromContainer ?? []),
    Mounts: inputs.mounts?.map(mountOf),
    Tmpfs: inputs.tmpfs,
    NetworkMode: inputs.networkMode ?? "bridge",
    PortBindings: portBindings(inputs.ports ?? []),
    PublishAllPorts: inputs.publishAllPorts ?? false,
    ExtraHosts: inputs.hosts?.map(({ host, ip }) => `${host}:${ip}`),
    Dns: inputs.dns,
    DnsOptions: inputs.dnsOpts,
    DnsSearch: inputs.dnsSearches,
    LogConfig: inputs.logDriver ? { Type: inputs.logDriver, Config: inputs.logOpts ?? {} } : undefined,
    CapAdd: inputs.capabilities?.adds,
    CapDrop: inputs.capabilities?.drops,
    SecurityOpt: inputs.securityOpts,
    Privileged: inputs.privileged ?? false,
    ReadonlyRootfs: inputs.readOnly ?? false,
    GroupAdd: inputs.groupAdds,
    Ulimits: inputs.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    Sysctls: inputs.sysctls,
    ShmSize: inputs.shmSize && inputs.shmSize * MIB,
    Init: inputs.init,
    IpcMode: inputs.ipcMode,
    PidMode: inputs.pidMode,
    UsernsMode: inputs.usernsMode,
    CgroupParent: inputs.cgroupParent,
    CgroupnsMode: inputs.cgroupnsMode,
    Runtime: inputs.runtime,
    StorageOpt: inputs.storageOpts,
  });
}

/** What the engine also takes on while the container runs. */
export function runtimeLimits(inputs: ContainerInputs): HostConfig {
  return compact({
    RestartPolicy: { Name: inputs.restart ?? "no", MaximumRetryCount: inputs.maxRetryCount ?? 0 },
    Memory: inputs.memory && inputs.memory * MIB,
    MemoryReservation: inputs.memoryReservation && inputs.memoryReservation * MIB,
    MemorySwap: memorySwap(inputs),
    CpuShares: inputs.cpuShares,
    CpusetCpus: inputs.cpuSet,
    CpuPeriod: inputs.cpuPeriod,
    CpuQuota: inputs.cpuQuota,
    NanoCpus: inputs.cpus === undefined ? undefined : Math.round(Number(inputs.cpus) * NANO),
  });
}

/** In bytes; -1 is "no limit". Without a value it is twice the memory, the engine's own rule for new containers. */
function memorySwap({ memory, memorySwap: swap }: ContainerInputs): number | undefined {
  if (swap !== undefined) return swap > 0 ? swap * MIB : swap;
  return memory && memory * 2 * MIB;
}

function mountOf(mount: NonNullable<ContainerInputs["mounts"]>[number]): MountSettings {
  const volume = mount.volumeOptions;
  return compact({
    Type: mount.type,
    Source: mount.source ?? "",
    Target: mount.target,
    ReadOnly: mount.readOnly ?? false,
    BindOptions: mount.bindOptions?.propagation ? { Propagation: mount.bindOptions.propagation } : undefined,
    TmpfsOptions:
      mount.tmpfsOptions && compact({ SizeBytes: mount.tmpfsOptions.sizeBytes, Mode: mount.tmpfsOptions.mode }),
    VolumeOptions:
      volume &&
      compact({
        NoCopy: volume.noCopy ?? false,
        Subpath: volume.subpath,
        Labels: Object.fromEntries((volume.labels ?? []).map(({ label, value }) => [label, value])),
        DriverConfig:
          volume.driverName || volume.driverOptions
            ? { Name: volume.driverName ?? "local", Options: volume.driverOptions ?? {} }
            : undefined,
      }),
  }) as MountSettings;
}

type Port = NonNullable<ContainerInputs["ports"]>[number];

/** A port as the engine names it, e.g. `443/tcp`. */
export function portKey({ internal, protocol = "tcp" }: Port): string {
  return `${internal}/${protocol}`;
}

function portBindings(ports: readonly Port[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const binding = {
      HostIp: port.ip ?? "0.0.0.0",
      HostPort: port.external === undefined ? "" : String(port.external),
    };
    bindings[portKey(port)] = [...(bindings[portKey(port)] ?? []), binding];
  }
  return bindings;
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds of a duration as Go writes it, e.g. `1m30s`; `undefined` when it is none. */
export function nanoseconds(duration: string | undefined): number | undefined {
  if (duration === undefined || !/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(duration)) return undefined;
  const parts = duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0), 0);
}

type Compact<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Leaves out what is `undefined` or an empty collection: the engine's defaults stay in force. */
function compact<T extends object>(options: T): Compact<T> {
  const kept = Object.entries(options).filter(
    ([, value]) =>
      value !== undefined && !(typeof value === "object" && value !== null && Object.keys(value).length === 0),
  );
  return Object.fromEntries(kept) as Compact<T>;
}
