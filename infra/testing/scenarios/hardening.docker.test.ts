// What every container is allowed, read off the running ones and asked of the kernel.
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import type { ContainerInspectInfo } from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FILES, type HostRead, type Text, textParts } from "../../catalogue/spec";
import { physicalName } from "../../lib/naming";
import { mebibytes } from "../../lib/units";
import { COPY_LABEL, SERVICE_LABEL, STACK_LABEL } from "../../platforms/docker/labels";
import { dockerRig, engine, stackContainers } from "../docker-rig";
import { type Copy, output, specOf, type Visitor } from "../rig";
import { hardeningScenarios } from "./hardening";

const rig = dockerRig();
const { stack } = rig.environment;
const copies = rig.services.flatMap((spec) => rig.copies(spec.name).map(({ name }) => [name, spec] as const));
const running = rig.services.filter(({ shape }) => shape !== "job").flatMap(({ name }) => rig.copies(name));

let containers: ReadonlyMap<string, ContainerInspectInfo>;

beforeAll(async () => {
  containers = new Map((await stackContainers(stack)).map((info) => [info.Config.Labels[COPY_LABEL] as string, info]));
});

/** What `docker inspect` shows of a copy. */
function inspected(name: string): Pick<ContainerInspectInfo, "Config" | "HostConfig" | "NetworkSettings"> {
  const found = containers.get(name);
  if (found === undefined) throw new Error(`${name} has no container`);
  return found;
}

/** What daemons see of the machine; ARCHITECTURE.md lists them among the exceptions. */
const SEEN: Readonly<Record<HostRead, readonly string[]>> = {
  logs: ["/var/lib/docker/containers"],
  machine: ["/proc", "/sys", "/"],
};

test("every copy of every service is there, and nothing else", () => {
  expect([...containers.keys()].sort()).toEqual(copies.map(([name]) => name).sort());
});

describe.each(copies)("%s", (name, { shape, resources, hostReads }) => {
  test("runs as a user of its own, with no privileges and none to gain", () => {
    const { Config, HostConfig } = inspected(name);
    // The one exception, listed in ARCHITECTURE.md: who reads the logs of all containers is root without a capability.
    expect(Config.User).toMatch(hostReads.includes("logs") ? /^0:0$/ : /^[1-9]\d*:[1-9]\d*$/);
    expect(HostConfig).toMatchObject({ Privileged: false, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges:true"] });
    expect(HostConfig.CapAdd ?? []).toEqual([]);
    expect(HostConfig.Devices ?? []).toEqual([]);
    expect([HostConfig.PidMode, HostConfig.UTSMode, HostConfig.UsernsMode]).toEqual(["", "", ""]);
    expect(HostConfig.IpcMode).toBe("private");
  });

  test("writes only to volumes and memory, and sees no file of the host but what its spec names", () => {
    const { HostConfig } = inspected(name);
    expect(HostConfig.ReadonlyRootfs).toBe(true);
    expect((HostConfig.Binds ?? []).filter((bind) => bind.startsWith("/"))).toEqual([]);
    const mounts = (HostConfig.Mounts ?? []).filter(({ Type }) => Type === "bind");
    expect(mounts.map(({ Source }) => Source).sort()).toEqual(hostReads.flatMap((read) => SEEN[read]).sort());
    expect(mounts.filter(({ ReadOnly }) => !ReadOnly)).toEqual([]);
    // Group 0 would read what belongs to root, all over the machine.
    expect(HostConfig.GroupAdd ?? []).toEqual(hostReads.includes("machine") ? [] : ["0"]);
    for (const options of Object.values((HostConfig.Tmpfs ?? {}) as Record<string, string>))
      expect(options.split(",")).toEqual(expect.arrayContaining(["noexec", "nosuid", "nodev"]));
  });

  test("has bounded memory, processors and processes", () => {
    const { HostConfig } = inspected(name);
    expect(HostConfig.Memory).toBe(mebibytes(resources.memory) * 2 ** 20);
    expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
    const cores = (HostConfig.NanoCpus ?? 0) / 1e9 || (HostConfig.CpuQuota ?? 0) / (HostConfig.CpuPeriod || 100_000);
    expect(cores).toBeCloseTo(resources.cpu);
    expect(HostConfig.Ulimits).toEqual([{ Name: "nproc", Soft: resources.processes, Hard: resources.processes }]);
  });

  test("is probed, its log is rotated, and it comes back after a failure", () => {
    const { Config, HostConfig } = inspected(name);
    const labels = [STACK_LABEL, SERVICE_LABEL, COPY_LABEL].join(",");
    expect(HostConfig.LogConfig).toEqual({ Type: "json-file", Config: { "max-size": "10m", "max-file": "3", labels } });
    const job = shape === "job";
    expect(Config.Healthcheck?.Test?.[0]).toBe(job ? undefined : "CMD");
    expect(HostConfig.RestartPolicy?.Name).toBe(job ? "no" : "unless-stopped");
  });
});

// Delivered files are root's, and so is who reads the machine's logs: see ARCHITECTURE.md, Exceptions.
hardeningScenarios(rig, (copy) => specOf(rig, copy.service).hostReads.includes("logs"));

describe.each(running.map((copy) => [copy.name, copy] as const))("%s finds", (_, copy: Copy) => {
  test("what was delivered is root's, and secrets are readable by no other user", async () => {
    const { files } = specOf(rig, copy.service);
    for (const [name, content] of Object.entries(files)) {
      const mode = holdsSecret(content) ? "440" : "444";
      expect(await output(copy, ["stat", "--format=%a %U:%G", `${FILES}/${name}`]), name).toBe(`${mode} root:root`);
    }
  });
});

/** Whether a delivered file holds a generated secret or a private key. */
function holdsSecret(content: Text): boolean {
  return textParts(content).some(
    (part) =>
      typeof part !== "string" && (part.ref === "secret" || (part.ref === "certificate" && part.part === "key")),
  );
}

describe("networks", () => {
  const networks = async () =>
    Object.fromEntries(
      await Promise.all(
        (["edge", "app", "data"] as const).map(
          async (name) => [name, await engine.getNetwork(physicalName(stack, name)).inspect()] as const,
        ),
      ),
    );
  /** Stands for the outside: a port of this machine that the platform knows nothing of. */
  let outside: Server;
  let port: number;
  const addresses = Object.entries(networkInterfaces())
    .filter(([name]) => !/^(lo|docker|br-|veth)/.test(name))
    .flatMap(([, all]) => all ?? [])
    .flatMap(({ address, family }) => (family === "IPv4" ? [address] : []));
  const visitors: Visitor[] = [];

  beforeAll(async () => {
    outside = createServer((socket) => socket.end("reached")).listen(0, "0.0.0.0");
    await new Promise((resolve) => outside.once("listening", resolve));
    port = (outside.address() as { port: number }).port;
  });

  afterAll(async () => {
    outside.close();
    await Promise.all(visitors.map((visitor) => visitor.remove()));
  });

  const visit = async (network: "edge" | "app" | "data") => {
    const visitor = await rig.visitor(network);
    visitors.push(visitor);
    return visitor;
  };
  const reaches = async (visitor: Visitor, address: string) =>
    (await visitor.exec(["bash", "-c", `timeout 3 cat < /dev/tcp/${address}/${port}`])).stdout === "reached";

  test("every service is on those of its spec, and on no other", () => {
    for (const [name, spec] of copies)
      expect(Object.keys(inspected(name).NetworkSettings.Networks).sort(), name).toEqual(
        spec.networks.map((network) => physicalName(stack, network)).sort(),
      );
  });

  test("data and app are internal, edge is not", async () => {
    const { edge, app, data } = await networks();
    expect([edge?.Internal, app?.Internal, data?.Internal]).toEqual([false, true, true]);
  });

  test("edge reaches the outside, so that the next test can fail", async () => {
    const visitor = await visit("edge");
    expect(addresses.length).toBeGreaterThan(0);
    expect(await Promise.all(addresses.map((address) => reaches(visitor, address)))).toContain(true);
  });

  test.each(["app", "data"] as const)(
    "%s has no way out",
    async (network) => {
      const visitor = await visit(network);
      const targets = [
        ...addresses,
        ...Object.values(await networks()).flatMap(({ IPAM }) => IPAM?.Config?.[0]?.Gateway ?? []),
      ];
      const reached = await Promise.all(
        targets.map(async (address) => ((await reaches(visitor, address)) ? [address] : [])),
      );
      expect(reached.flat()).toEqual([]);
      expect((await visitor.exec(["getent", "hosts", "example.org"])).code).not.toBe(0);
    },
    30_000,
  );

  test("edge does not reach the data", async () => {
    const visitor = await visit("edge");
    for (const name of ["postgres-0", "redis", "minio-0", "pgbouncer", "etcd-0"])
      expect((await visitor.exec(["getent", "hosts", name])).code, name).not.toBe(0);
  });
});
