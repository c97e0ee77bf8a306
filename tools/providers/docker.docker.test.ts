// docker under the real engine: real networks, volumes and containers, changed in place or replaced, nothing left behind.
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BASE } from "../pins";
import { ScratchProject } from "./scratch-project";

const docker = new Docker();
const project = new ScratchProject();

interface Settings {
  readonly memory: number;
  readonly word: string;
  readonly ready: string;
  readonly job: string;
}

const program = ({
  memory = 64,
  word = "one",
  ready = "true",
  job = "cat /etc/groundwork/secret | wc -c",
}: Partial<Settings>) => `
const password = new random.RandomPassword("password", { length: 40, special: false });
const network = new docker.Network("data", { name: prefix + "-data", internal: true });
const volume = new docker.Volume("data", { name: prefix + "-data" });
const image = new docker.RemoteImage("image", { name: ${JSON.stringify(BASE.image)}, keepLocally: true });
const hardened = {
  image: image.imageId, user: "65534:65534", groupAdds: ["0"], readOnly: true, capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"], networkMode: "bridge", networksAdvanced: [{ name: network.name, aliases: ["server"] }],
  volumes: [{ containerPath: "/etc/groundwork" }],
  uploads: [{ file: "/etc/groundwork/secret", content: pulumi.interpolate\`password = \${password.result}\\n\`, permissions: "0440" }],
};
const server = new docker.Container("server", { ...hardened,
  name: prefix + "-server", memory: ${memory}, envs: ["WORD=${word}"], mounts: [{ type: "volume", source: volume.name, target: "/data" }],
  entrypoints: ["sh", "-c"], command: ["trap 'exit 0' TERM; while :; do sleep 1; done"],
  healthcheck: { tests: ["CMD-SHELL", "${ready}"], interval: "1s", timeout: "5s", retries: 3, startPeriod: "30s" },
  wait: true, waitTimeout: 30, destroyGraceSeconds: 2,
});
const job = new docker.Container("job", { ...hardened, name: prefix + "-job", attach: true, logs: true, mustRun: false,
  entrypoints: ["sh", "-c"], command: ["${job}"] }, { dependsOn: [server] });
module.exports = { server: server.id, exitCode: job.exitCode, log: job.containerLogs, password: password.result };
`;

/** Everything on the engine that belongs to this test. */
async function belongings(): Promise<string[]> {
  const filters = { name: [project.prefix] };
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const names = [
    ...containers.map(({ Names }) => `container ${Names[0]?.slice(1)}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.Volumes.map(({ Name }) => `volume ${Name}`),
  ];
  return names.map((name) => name.replace(`${project.prefix}-`, "")).sort();
}

const server = () => docker.getContainer(`${project.prefix}-server`);

beforeAll(async () => {
  project.program(program({}));
  await project.init();
  await project.up();
});

afterAll(() => project.remove());

test("everything is there, healthy and hardened", async () => {
  expect(await belongings()).toEqual(["container job", "container server", "network data", "volume data"]);
  const { State: state, HostConfig: host, NetworkSettings: network, Config: config } = await server().inspect();
  expect(state.Health?.Status).toBe("healthy");
  expect(host).toMatchObject({ ReadonlyRootfs: true, CapDrop: ["ALL"], Memory: 64 * 2 ** 20, GroupAdd: ["0"] });
  expect(Object.keys(network.Networks)).toEqual([`${project.prefix}-data`]);
  expect(network.Networks[`${project.prefix}-data`]?.Aliases).toContain("server");
  expect(config.User).toBe("65534:65534");
});

test("a second run and a refresh change nothing", async () => {
  await project.must("preview", "--expect-no-changes");
  await project.must("refresh", "--yes", "--expect-no-changes");
});

test("an uploaded secret is read by the container's group, and open nowhere else", async () => {
  const { password, exitCode, log } = await project.outputs();
  expect({ exitCode, log }).toEqual({ exitCode: 0, log: "52\n" });
  const inspected = JSON.stringify(await server().inspect());
  const preview = await project.must("preview", "--diff", "--show-sames");
  for (const place of [project.state(), inspected, preview]) expect(place).not.toContain(password);
});

test("memory changes in place, an environment variable replaces", async () => {
  const before = await server().inspect();
  project.program(program({ memory: 96 }));
  await project.up();
  const resized = await server().inspect();
  expect([resized.Id, resized.HostConfig.Memory]).toEqual([before.Id, 96 * 2 ** 20]);

  project.program(program({ memory: 96, word: "two" }));
  expect(await project.must("preview", "--diff")).toMatch(/\+-docker:index\/container:Container: \(replace\)/);
  await project.up();
  const replaced = await server().inspect();
  expect(replaced.Id).not.toBe(before.Id);
  expect(replaced.Config.Env).toContain("WORD=two");
});

test("a stopped container is started, a lost one made anew", async () => {
  const { Id: id } = await server().inspect();
  await server().stop({ t: 0 });
  await project.up("--refresh");
  expect(await server().inspect()).toMatchObject({ Id: id, State: { Running: true, Health: { Status: "healthy" } } });

  await server().remove({ force: true, v: true });
  await project.up("--refresh");
  expect((await server().inspect()).State.Health?.Status).toBe("healthy");
});

test("a failing job says why, hides secrets, and is gone", async () => {
  project.program(program({ memory: 96, word: "two", job: "cat /etc/groundwork/secret; echo broken >&2; exit 3" }));
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain(`container ${project.prefix}-job: exited with code 3`);
  expect(output).toContain("log: [REDACTED]");
  expect(output).toContain("log: broken");
  expect(await belongings()).toEqual(["container server", "network data", "volume data"]);
});

test("a container that does not become healthy says what its check said, and is gone", async () => {
  project.program(
    program({ memory: 96, word: "three", ready: "echo not yet; false" }).replace("waitTimeout: 30", "waitTimeout: 3"),
  );
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain(`container ${project.prefix}-server: is not healthy after 3 s, but running`);
  expect(output).toContain("health: exit 1: not yet");
  expect(await belongings()).toEqual(["network data", "volume data"]);
});

/** Starts a run that waits for a server that is never ready, and returns when the server runs. */
async function waitingRun(word: string) {
  project.program(program({ word, ready: "false" }).replace("waitTimeout: 30", "waitTimeout: 120"));
  const engine = project.start("up", "--yes", "--skip-preview");
  await vi.waitFor(async () => expect((await server().inspect()).State.Running).toBe(true), { timeout: 60_000 });
  return engine;
}

test.each(["SIGINT", "SIGKILL"] as const)("%s in the middle leaves no half-made container", async (signal) => {
  const engine = await waitingRun(signal);
  const ended = new Promise((resolve) => engine.once("exit", resolve));
  engine.kill(signal);
  await ended;
  await vi.waitFor(async () => expect(await belongings()).toEqual(["network data", "volume data"]), {
    timeout: 20_000,
  });
  await project.pulumi("cancel", "--yes");
});

test("what a killed machine left behind does not stand in the way", async () => {
  const urn = "urn:pulumi:scratch::scratch::docker:index/container:Container::server";
  const leftover = (owner: string) =>
    docker.createContainer({
      name: `${project.prefix}-server`,
      Image: BASE.image,
      Cmd: ["true"],
      Labels: { "com.pulumi.urn": owner },
    });
  project.program(program({ word: "four" }));

  const foreign = await leftover("urn:pulumi:other::scratch::docker:index/container:Container::server");
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toMatch(new RegExp(`container ${project.prefix}-server: .*is already in use`));
  await foreign.remove();

  const own = await leftover(urn);
  await project.up();
  expect((await server().inspect()).Id).not.toBe(own.id);
});

test("a file outside the volumes of a read-only container is refused in the preview", async () => {
  project.program(program({}).replaceAll('file: "/etc/groundwork/secret"', 'file: "/opt/secret"'));
  const { code, output } = await project.pulumi("preview");
  expect(code).not.toBe(0);
  expect(output).toContain("must lie in a writable volume of the read-only container, got /opt/secret");
});

test("destroy leaves nothing", async () => {
  await project.must("destroy", "--yes", "--skip-preview");
  expect(await belongings()).toEqual([]);
});
