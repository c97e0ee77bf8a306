// The scenarios of monitoring.ts on Docker, and who reaches monitoring there.
import { describe, expect, test } from "vitest";
import type { Metrics, ServiceName } from "../../catalogue/spec";
import { dockerRig, engine, stackContainers } from "../docker-rig";
import { type Copy, specOf } from "../rig";
import { monitoringScenarios } from "./monitoring";

const rig = dockerRig();
const { stack } = rig.environment;
const MINUTE = 60_000;
/** Every copy has a name here. */
const namesOf = (service: ServiceName) => rig.copies(service).map(({ name }) => name);

monitoringScenarios(rig, { own: async (service) => namesOf(service), asked: namesOf });

describe("reach", () => {
  const first = (service: ServiceName) => rig.copies(service)[0] as Copy;
  const watching = rig.services.filter(({ priority }) => priority === "last");

  test("no monitoring service publishes a port", async () => {
    const names = new Set(watching.flatMap(({ name }) => rig.copies(name).map((copy) => copy.name)));
    expect(names.size).toBeGreaterThan(5);
    const published = (await stackContainers(stack)).filter(
      ({ Config, HostConfig }) => names.has(Config.Hostname) && Object.keys(HostConfig.PortBindings ?? {}).length > 0,
    );
    expect(published.map(({ Name }) => Name)).toEqual([]);
  });

  test(
    "from the edge network nobody reaches them, nor the metrics of others",
    async () => {
      const visitor = await rig.visitor("edge");
      try {
        const behind = rig.services.filter(({ networks, metrics }) => metrics.length > 0 && !networks.includes("edge"));
        const addresses = await Promise.all(
          behind
            .flatMap(({ name }) => rig.copies(name))
            .map(async ({ name, service }) => {
              const info = (await stackContainers(stack)).find(({ Config }) => Config.Hostname === name);
              const [network] = Object.values(info?.NetworkSettings.Networks ?? {});
              const spec = specOf(rig, service);
              const [{ port, path, scheme }] = spec.metrics as [Metrics];
              return `${scheme}://${network?.IPAddress}:${spec.ports[port]}${path}`;
            }),
        );
        expect(addresses.length).toBeGreaterThan(10);
        // An answer counts, not a connection: what stands between this machine and the world may take any.
        const reached = await Promise.all(
          addresses.map(async (address) => {
            const { stdout } = await visitor.exec(["curl", "--silent", "--insecure", "--max-time", "3", address]);
            return stdout === "" ? [] : [address];
          }),
        );
        expect(reached.flat()).toEqual([]);
      } finally {
        await visitor.remove();
      }
    },
    MINUTE,
  );

  test("the exporter of the machine cannot write what it sees", async () => {
    const copy = first("node-exporter");
    for (const path of ["/host/root/tmp/probe", "/host/proc/sys/kernel/hostname", "/host/sys/probe"])
      expect((await copy.exec(["sh", "-c", `: > ${path}`])).code, path).not.toBe(0);
    expect((await copy.exec(["cat", "/host/root/etc/shadow"])).code).not.toBe(0);
  });

  test("the collector reads logs and nothing else of the machine", async () => {
    const copy = first("collector");
    expect((await copy.exec(["sh", "-c", ": > /host/logs/probe"])).code).not.toBe(0);
    const mounts = (
      await engine
        .getContainer((await stackContainers(stack)).find(({ Config }) => Config.Hostname === copy.name)?.Id ?? "")
        .inspect()
    ).Mounts;
    expect(mounts.filter(({ Type }) => Type === "bind").map(({ Destination, RW }) => [Destination, RW])).toEqual([
      ["/host/logs", false],
    ]);
  });
});
