// Inputs of a container in the words of the engine's API.
import { expect, test } from "vitest";
import { containerOptions, nanoseconds, runtimeLimits } from "./container-options";

const URN = "urn:pulumi:test::groundwork::docker:index/container:Container::postgres-0";
const MIB = 2 ** 20;

test("a hardened container with volumes, files and limits", () => {
  const options = containerOptions(
    {
      name: "groundwork-test-postgres-0",
      image: "sha256:1234",
      command: ["postgres"],
      entrypoints: ["/usr/bin/tini", "--"],
      envs: ["TZ=UTC"],
      hostname: "postgres-0",
      user: "2102:2102",
      groupAdds: ["0"],
      labels: [{ label: "stack", value: "test" }],
      ports: [
        { internal: 5432, external: 15432, ip: "127.0.0.1", protocol: "tcp" },
        { internal: 53, protocol: "udp" },
      ],
      networkMode: "bridge",
      networksAdvanced: [{ name: "data" }],
      mounts: [{ type: "volume", source: "pgdata", target: "/var/lib/postgresql" }],
      volumes: [
        { containerPath: "/etc/groundwork" },
        { containerPath: "/backup", volumeName: "backup", readOnly: true },
        { containerPath: "/host", hostPath: "/srv" },
      ],
      tmpfs: { "/tmp": "size=1m" },
      healthcheck: { tests: ["CMD", "true"], interval: "5s", timeout: "1m30s", retries: 3, startPeriod: "500ms" },
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      readOnly: true,
      restart: "unless-stopped",
      logDriver: "local",
      logOpts: { "max-size": "1m" },
      memory: 512,
      memorySwap: 512,
      cpus: "1.5",
      shmSize: 64,
      ulimits: [{ name: "nproc", soft: 100, hard: 200 }],
      sysctls: { "net.core.somaxconn": "1024" },
      init: true,
      stopSignal: "SIGINT",
      stopTimeout: 60,
    },
    URN,
  );
  expect(options).toEqual({
    name: "groundwork-test-postgres-0",
    Image: "sha256:1234",
    Cmd: ["postgres"],
    Entrypoint: ["/usr/bin/tini", "--"],
    Env: ["TZ=UTC"],
    User: "2102:2102",
    Hostname: "postgres-0",
    Tty: false,
    OpenStdin: false,
    StopSignal: "SIGINT",
    StopTimeout: 60,
    Labels: { stack: "test", "com.pulumi.urn": URN },
    ExposedPorts: { "5432/tcp": {}, "53/udp": {} },
    Volumes: { "/etc/groundwork": {} },
    Healthcheck: { Test: ["CMD", "true"], Interval: 5e9, Timeout: 90e9, StartPeriod: 5e8, Retries: 3 },
    HostConfig: {
      RestartPolicy: { Name: "unless-stopped", MaximumRetryCount: 0 },
      Memory: 512 * MIB,
      MemorySwap: 512 * MIB,
      NanoCpus: 1.5e9,
      AutoRemove: false,
      Binds: ["backup:/backup:ro", "/srv:/host"],
      Mounts: [{ Type: "volume", Source: "pgdata", Target: "/var/lib/postgresql", ReadOnly: false }],
      Tmpfs: { "/tmp": "size=1m" },
      NetworkMode: "bridge",
      PortBindings: {
        "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: "15432" }],
        "53/udp": [{ HostIp: "0.0.0.0", HostPort: "" }],
      },
      PublishAllPorts: false,
      LogConfig: { Type: "local", Config: { "max-size": "1m" } },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Privileged: false,
      ReadonlyRootfs: true,
      GroupAdd: ["0"],
      Ulimits: [{ Name: "nproc", Soft: 100, Hard: 200 }],
      Sysctls: { "net.core.somaxconn": "1024" },
      ShmSize: 64 * MIB,
      Init: true,
    },
  });
});

test("what is not given is left to the engine and the image", () => {
  expect(containerOptions({ image: "a" }, URN)).toEqual({
    Image: "a",
    Tty: false,
    OpenStdin: false,
    Labels: { "com.pulumi.urn": URN },
    HostConfig: {
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      AutoRemove: false,
      NetworkMode: "bridge",
      PublishAllPorts: false,
      Privileged: false,
      ReadonlyRootfs: false,
    },
  });
});

test.each([
  [{ memory: 100 }, 200 * MIB],
  [{ memory: 100, memorySwap: 100 }, 100 * MIB],
  [{ memory: 100, memorySwap: -1 }, -1],
  [{}, undefined],
])("swap of %j", (inputs, bytes) => {
  expect(runtimeLimits({ image: "a", ...inputs }).MemorySwap).toBe(bytes);
});

test.each([
  ["5s", 5e9],
  ["1m30s", 90e9],
  ["1h0m0s", 3600e9],
  ["1.5s", 1.5e9],
  ["250ms", 25e7],
  ["5", undefined],
  ["soon", undefined],
  [undefined, undefined],
])("the duration %s", (written, expected) => {
  expect(nanoseconds(written)).toBe(expected);
});
