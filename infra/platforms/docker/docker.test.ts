// The docker platform: the conformance suite on every committed stack, and what is Docker's own.
import { expect, test } from "vitest";
import type { ServiceName } from "../../catalogue/spec";
import { specOf } from "../../testing/rig";
import { STACKS_ON, stackContext } from "../../testing/stack-context";
import { conformance, type RenderedView } from "../conformance";
import { isSecret } from "../flatten";
import { address, names } from "./address";
import { docker } from "./docker";
import { type DockerService, goDuration, render } from "./render";

const FILE_PREFIX = "/etc/groundwork/";
const VARIABLE_PREFIX = `${FILE_PREFIX}variables/`;

function view({ containers }: DockerService): RenderedView {
  return {
    copies: containers.map((container) => ({
      name: container.name,
      inspectable: [...container.command, ...container.envs, ...(container.healthcheck?.tests ?? [])],
      probe: container.healthcheck?.tests,
      files: container.uploads
        .filter(({ file }) => !file.startsWith(VARIABLE_PREFIX))
        .map(({ file, permissions, content }) => ({
          name: file.slice(FILE_PREFIX.length),
          secret: permissions === "0440" && isSecret(content),
        })),
      secretVariables: container.uploads
        .filter(({ file }) => file.startsWith(VARIABLE_PREFIX))
        .map(({ file }) => file.slice(VARIABLE_PREFIX.length)),
      mounts: container.volumes.map(({ containerPath }) => containerPath),
    })),
  };
}

/** Networks are open to whoever is on them. */
function reaches(from: DockerService, to: DockerService): boolean {
  const networks = ({ containers }: DockerService) =>
    containers.flatMap((one) => one.networks.map(({ network }) => network));
  return networks(from).some((network) => networks(to).includes(network));
}

for (const stack of STACKS_ON.docker) conformance(docker, stackContext(stack, docker), view, { reaches, exact: false });

const context = stackContext("local", docker);
const spec = (name: ServiceName) => specOf(context, name);

test("a role is reached through the service that routes it", () => {
  expect(address({ ref: "endpoint", service: "postgres", port: "primary", form: "host" }, context)).toEqual([
    { name: "haproxy", host: "haproxy", port: spec("haproxy").ports.primary },
  ]);
});

test("a certificate is valid for the service, its copies and what routes to it", () => {
  expect(names(spec("postgres"), context)).toEqual(
    expect.arrayContaining(["postgres", "postgres-0", "postgres-1", "haproxy", "localhost"]),
  );
});

test("members of Postgres share one volume of leases", () => {
  const rendered = docker.overrides.postgres?.(render(spec("postgres"), context), spec("postgres"), context);
  expect(rendered?.containers.map(({ volumes }) => volumes.at(-1)?.volume)).toEqual([
    "postgres-leases",
    "postgres-leases",
  ]);
});

test("only traefik opens ports, and on the loopback address", () => {
  const opened = context.services.flatMap((service) =>
    render(service, context).containers.flatMap(({ ports }) => ports.map(({ ip }) => [service.name, ip])),
  );
  expect(new Set(opened.map(String))).toEqual(new Set(["traefik,127.0.0.1"]));
});

test("beyond the machine, a stack that faces the internet opens 443 and 80 alone", () => {
  const dev = stackContext("dev", docker);
  const ports = dev.services.flatMap((service) => render(service, dev).containers.flatMap((one) => one.ports));
  const opened = (ip: string) => ports.filter((port) => port.ip === ip).map(({ external }) => external);
  expect([opened("0.0.0.0").sort(), opened("127.0.0.1").sort()]).toEqual([
    [443, 80],
    [5432, 5433],
  ]);
  expect(ports.length).toBe(4);
});

test("durations are written as Go prints them", () => {
  expect([goDuration("5 seconds"), goDuration("60 seconds"), goDuration("90 minutes")]).toEqual([
    "5s",
    "1m0s",
    "1h30m0s",
  ]);
});

test("what Docker cannot do is refused with its reason", () => {
  const scheduled = { ...spec("minio-setup"), shape: "scheduled" as const };
  const twice = { ...spec("traefik"), copies: 2 };
  expect(
    [scheduled, twice]
      .flatMap((service) => docker.unsupported(service, context))
      .map(({ path, fact }) => `${path}: ${fact}`),
  ).toEqual([
    "minio-setup/shape: scheduled services do not run on docker",
    "traefik/copies: must be 1 on docker, got 2: one host port has one owner",
  ]);
});
