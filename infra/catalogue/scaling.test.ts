// Copies that follow the load: only of services that keep nothing, and never fewer than the stack asks for.
import { expect, test } from "vitest";
import { scaled } from "./scaling";
import { service } from "./spec";

const spec = (name: "auth" | "realtime", copies: number) =>
  service(name, {
    purpose: name,
    shape: "stateless",
    copies,
    image: "envoy",
    resources: { cpu: 1, memory: "1 GiB", processes: 1 },
    networks: ["app"],
  });

test("without values nothing follows the load", () => {
  expect(scaled([spec("auth", 2)], undefined).map(({ scale }) => scale)).toEqual([undefined]);
});

test("what keeps nothing does, between its own copies and the limit", () => {
  const services = [spec("auth", 2), spec("auth", 9), spec("realtime", 2)];
  expect(scaled(services, { most: 6, cpuPercent: 70 }).map(({ scale }) => scale?.most)).toEqual([6, 9, undefined]);
});
