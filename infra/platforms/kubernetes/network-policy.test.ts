// Who may connect to whom: because of a reference, and for no other reason.
import { expect, test } from "vitest";
import { connections } from "../../catalogue/connections";
import type { ServiceName, ServiceSpec } from "../../catalogue/spec";
import { service } from "../../catalogue/spec";
import { manifestsOf, podOf } from "../../testing/manifests";
import { admits } from "../../testing/network-policies";
import { specOf } from "../../testing/rig";
import { stackContext } from "../../testing/stack-context";
import { renderService } from "../platform";
import { ground } from "./ground";
import { kubernetes } from "./kubernetes";

const context = stackContext("prod", kubernetes);
const spec = (name: ServiceName) => specOf(context, name);
const rendered = (name: ServiceName) => renderService(kubernetes, spec(name), context);
const manifests = (name: ServiceName, kind: string) => manifestsOf(rendered(name), kind);

test("one that no reference asks for is denied, one that a new reference asks for is allowed", () => {
  const [redis, imgproxy] = [spec("redis"), spec("imgproxy")];
  const port = redis.ports.redis as number;
  expect(connections([redis, imgproxy]).filter(({ from }) => from === "imgproxy")).toEqual([]);
  const asking = service("imgproxy", {
    ...imgproxy,
    env: { ...imgproxy.env, CACHE: { ref: "endpoint", service: "redis", port: "redis", form: "host:port" } },
  });
  const services = context.services.map((one) => (one.name === "imgproxy" ? asking : one));
  const admitted = (all: readonly ServiceSpec[]) => {
    const changed = { ...context, services: all };
    const render = (name: string) =>
      renderService(kubernetes, all.find((one) => one.name === name) as ServiceSpec, changed);
    return admits(render("imgproxy"), render("redis"), port);
  };
  expect([admitted(context.services), admitted(services)]).toEqual([false, true]);
});

test("only Traefik and what sends mail or fetches reaches the internet, and no private address", () => {
  const open = context.services.filter(({ name }) =>
    JSON.stringify(manifests(name, "NetworkPolicy")).includes("0.0.0.0/0"),
  );
  expect(open.map(({ name }) => name)).toEqual(
    context.services.filter(({ networks }) => networks.includes("edge")).map(({ name }) => name),
  );
  const [policy] = manifests("traefik", "NetworkPolicy") as unknown as readonly [
    { spec: { egress: readonly { to: readonly { ipBlock?: { except: readonly string[] } }[] }[] } },
  ];
  expect(policy.spec.egress.at(-1)?.to[0]?.ipBlock?.except).toEqual(
    expect.arrayContaining(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]),
  );
});

test("only Postgres reaches the API server, and only its pods carry a token", () => {
  const withToken = context.services.filter(({ name }) => podOf(rendered(name)).automountServiceAccountToken === true);
  const reaching = context.services.filter(({ name }) =>
    JSON.stringify(manifests(name, "NetworkPolicy")).includes("10.1.0.10/32"),
  );
  expect([withToken, reaching].map((all) => all.map(({ name }) => name))).toEqual([["postgres"], ["postgres"]]);
});

test("what no policy names is denied both ways, in every namespace", () => {
  const denials = ground(context).objects.filter(({ name }) => name.endsWith("/default-deny"));
  const namespaces = ground(context).objects.filter(({ manifest }) => manifest.kind === "Namespace");
  expect(denials.map(({ manifest }) => [manifest.metadata.namespace, manifest.spec])).toEqual(
    namespaces.map(({ manifest }) => [manifest.metadata.name, { podSelector: {}, policyTypes: ["Ingress", "Egress"] }]),
  );
});

test("only Traefik faces the outside", () => {
  const facing = context.services.filter(({ name }) => JSON.stringify(rendered(name)).includes("LoadBalancer"));
  expect(facing.map(({ name }) => name)).toEqual(["traefik"]);
});

test("an exporter reaches whom Prometheus tells it to ask", () => {
  const asked = (name: ServiceName) => spec(name).metrics.flatMap(({ asks = [] }) => asks);
  for (const exporter of ["postgres-exporter", "redis-exporter", "blackbox-exporter"] as const) {
    expect(asked(exporter).length).toBeGreaterThan(0);
    for (const { service: to, port } of asked(exporter))
      expect([to, port, admits(rendered(exporter), rendered(to), spec(to).ports[port] as number)]).toEqual([
        to,
        port,
        true,
      ]);
  }
});

test("and of it nothing but 443 and 80: the databases are reached from inside", () => {
  const services = manifests("traefik", "Service") as unknown as readonly {
    spec: { type: string; ports: readonly { port: number }[] };
  }[];
  const facing = services.filter(({ spec: { type } }) => type === "LoadBalancer");
  expect(facing.map(({ spec: { ports } }) => ports.map(({ port }) => port).sort())).toEqual([[443, 80]]);
  const [policy] = manifests("traefik", "NetworkPolicy") as unknown as readonly [
    { spec: { ingress: readonly { from?: object; ports: readonly { port: number }[] }[] } },
  ];
  const { web, websecure } = spec("traefik").ports;
  const anybody = policy.spec.ingress.filter(({ from }) => from === undefined);
  expect(anybody.map(({ ports }) => ports.map(({ port }) => port).sort())).toEqual([[web, websecure].sort()]);
});
