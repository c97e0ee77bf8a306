// docker.Container: made with its files and networks in place, waited for, removed again when it does not come up.
import type { Container, ContainerInspectInfo } from "dockerode";
import type { ResourceType } from "../resource-type";
import type { Properties } from "../wire";
import { containerFailures } from "./container-check";
import { archives, tar } from "./container-files";
import { becomeHealthy, run } from "./container-life";
import { type ContainerInputs, containerOptions, portKey, runtimeLimits } from "./container-options";
import { createOverLeftover, engine, Failure, failure, OWNER_LABEL, refusal, unlessGone, until } from "./engine";

type Outputs = ContainerInputs & { readonly name: string };

/** How long a removed container may take to disappear. */
const GONE_WITHIN_SECONDS = 30;

export const container: ResourceType<ContainerInputs, Outputs> = {
  required: ["image"],
  optional: [
    ...(["attach", "capabilities", "cgroupParent", "cgroupnsMode", "command", "cpuPeriod", "cpuQuota"] as const),
    ...(["containerReadRefreshTimeoutMilliseconds", "cpuSet", "cpuShares", "cpus", "destroyGraceSeconds"] as const),
    ...(["dns", "dnsOpts", "dnsSearches", "domainname", "entrypoints", "envs", "groupAdds", "healthcheck"] as const),
    ...(["hostname", "hosts", "init", "ipcMode", "labels", "logDriver", "logOpts", "logs", "maxRetryCount"] as const),
    ...(["memory", "memoryReservation", "memorySwap", "mounts", "mustRun", "name", "networkMode"] as const),
    ...(["networksAdvanced", "pidMode", "platform", "ports", "privileged", "publishAllPorts", "readOnly"] as const),
    ...(["removeVolumes", "restart", "rm", "runtime", "securityOpts", "shmSize", "start", "stdinOpen"] as const),
    ...(["stopSignal", "stopTimeout", "storageOpts", "sysctls", "tmpfs", "tty", "ulimits", "uploads", "user"] as const),
    ...(["usernsMode", "volumes", "wait", "waitTimeout", "workingDir"] as const),
  ],
  defaults: {
    attach: false,
    logs: false,
    mustRun: true,
    networkMode: "bridge",
    readOnly: false,
    removeVolumes: true,
    restart: "no",
    rm: false,
    start: true,
    stdinOpen: false,
    tty: false,
    wait: false,
    waitTimeout: 60,
  },
  updatable: [
    ...["cpuPeriod", "cpuQuota", "cpuSet", "cpuShares", "cpus", "maxRetryCount", "memory", "memoryReservation"],
    ...["memorySwap", "restart"],
  ],
  recorded: [
    ...["attach", "containerReadRefreshTimeoutMilliseconds", "destroyGraceSeconds", "logs", "mustRun"],
    ...["removeVolumes", "rm", "start", "wait", "waitTimeout"],
  ],
  // The official provider keeps these as sets.
  unordered: [
    ...["adds", "aliases", "dns", "dnsOpts", "dnsSearches", "drops", "envs", "groupAdds", "hosts", "labels", "mounts"],
    ...["networksAdvanced", "securityOpts", "ulimits", "uploads", "volumes"],
  ],
  computed: [
    ...["bridge", "command", "containerLogs", "entrypoints", "exitCode", "hostname", "init", "ipcMode", "logDriver"],
    ...["networkDatas", "runtime", "shmSize"],
  ],
  echoing: ["containerLogs"],
  autoname: true,
  deleteBeforeReplace: true,
  check: containerFailures,

  async create(inputs, context) {
    const name = inputs.name ?? "";
    let made: Container | undefined;
    try {
      made = await createOverLeftover(
        () => engine().createContainer(containerOptions(inputs, context.urn)),
        async () => {
          const left = engine().getContainer(name);
          const found = await unlessGone(left.inspect());
          return found && { owner: found.Config.Labels?.[OWNER_LABEL], remove: () => removed(left, true) };
        },
        context,
      );
      await connectNetworks(made, inputs);
      for (const archive of archives(inputs)) await made.putArchive(tar(archive), { path: archive.directory });
      context.signal.throwIfAborted();
      const log = inputs.start === false ? undefined : await run(made, { name, inputs, signal: context.signal });
      return { id: made.id, outputs: { ...described(await made.inspect(), inputs), containerLogs: log } };
    } catch (error) {
      if (made) await removed(made, true);
      if (context.signal.aborted) throw new Failure(`container ${name}: was cancelled before it was ready`);
      throw failure(`container ${name}`, error);
    }
  },

  async read(id, recorded) {
    const found = await unlessGone(engine().getContainer(id).inspect());
    if (!found) return undefined;
    const outputs = described(found, recorded);
    if (found.State.Running || recorded.mustRun === false) return { outputs };
    return { outputs: { ...outputs, mustRun: false }, inputs: { mustRun: false } };
  },

  async update(id, inputs, olds, { signal }) {
    const running = engine().getContainer(id);
    const name = olds.name;
    try {
      await running.update(runtimeLimits(inputs));
      const { State: state } = await running.inspect();
      if (inputs.mustRun !== false && inputs.start !== false && !state.Running) {
        await running.start();
        if (inputs.wait) await becomeHealthy(running, { name, inputs, signal });
      }
      return described(await running.inspect(), inputs);
    } catch (error) {
      throw failure(`container ${name}`, error);
    }
  },

  async delete(id, { name, attach, destroyGraceSeconds = 0, removeVolumes }) {
    const doomed = engine().getContainer(id);
    try {
      if (!attach && destroyGraceSeconds > 0) await unlessGone(stopped(doomed, destroyGraceSeconds));
      await removed(doomed, removeVolumes !== false);
    } catch (error) {
      throw failure(`container ${name}`, error);
    }
  },
};

/** Moves the container from the default network to its own. */
async function connectNetworks(made: Container, { networksAdvanced = [], networkMode = "bridge" }: ContainerInputs) {
  if (networksAdvanced.length > 0 && networkMode === "bridge")
    await engine().getNetwork("bridge").disconnect({ Container: made.id });
  for (const { name, aliases, ipv4Address, ipv6Address, driverOpts, macAddress } of networksAdvanced)
    await engine()
      .getNetwork(name)
      .connect({
        Container: made.id,
        EndpointConfig: {
          ...(aliases && { Aliases: aliases }),
          ...(macAddress && { MacAddress: macAddress }),
          ...(driverOpts && { DriverOpts: Object.fromEntries(driverOpts.map((option) => option.split("=", 2))) }),
          IPAMConfig: {
            ...(ipv4Address && { IPv4Address: ipv4Address }),
            ...(ipv6Address && { IPv6Address: ipv6Address }),
          },
        },
      });
}

/** Stops; a container that does not run is stopped already. */
async function stopped(doomed: Container, seconds: number): Promise<void> {
  try {
    await doomed.stop({ t: seconds });
  } catch (error) {
    if (refusal(error)?.statusCode !== 304) throw error;
  }
}

/** Removes by force and waits until the name is free: another removal may be under way. */
async function removed(doomed: Container, volumes: boolean): Promise<void> {
  const { signal } = new AbortController();
  try {
    await unlessGone(doomed.remove({ force: true, v: volumes }));
  } catch (error) {
    if (refusal(error)?.statusCode !== 409) throw error;
  }
  const gone = await until(async () => ((await unlessGone(doomed.inspect())) ? undefined : true), {
    seconds: GONE_WITHIN_SECONDS,
    signal,
  });
  if (!gone) throw new Error(`is still there ${GONE_WITHIN_SECONDS} s after its removal`);
}

/** The outputs that the engine decides. */
function described(found: ContainerInspectInfo, inputs: ContainerInputs): Properties {
  const { Config: config, HostConfig: host, NetworkSettings: network, State: state } = found;
  const choices: Properties = {
    command: config.Cmd ?? [],
    entrypoints: [config.Entrypoint ?? []].flat(),
    hostname: config.Hostname,
    init: host.Init ?? false,
    ipcMode: host.IpcMode,
    logDriver: host.LogConfig?.Type,
    runtime: host.Runtime,
    shmSize: Math.floor((host.ShmSize ?? 0) / 2 ** 20),
  };
  const open = Object.fromEntries(Object.entries(choices).filter(([name]) => !(name in inputs)));
  return {
    ...open,
    ...(inputs.ports?.some(({ external }) => external === undefined) && {
      ports: inputs.ports.map((port) => ({ external: Number(network.Ports[portKey(port)]?.[0]?.HostPort), ...port })),
    }),
    ...(!state.Running && state.Status === "exited" && { exitCode: state.ExitCode }),
    bridge: (network as { readonly Bridge?: string }).Bridge ?? "",
    networkDatas: Object.entries(network.Networks).map(([networkName, endpoint]) => ({
      networkName,
      ipAddress: endpoint.IPAddress,
      ipPrefixLength: endpoint.IPPrefixLen,
      gateway: endpoint.Gateway,
      globalIpv6Address: endpoint.GlobalIPv6Address,
      globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
      ipv6Gateway: endpoint.IPv6Gateway,
      macAddress: endpoint.MacAddress,
    })),
  };
}
