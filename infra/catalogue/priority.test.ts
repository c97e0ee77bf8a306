// Who goes first when machines run short: nothing that only watches may stand before data or what people use.
import { expect, test } from "vitest";
import { kubernetes } from "../platforms/kubernetes/kubernetes";
import { stackContext } from "../testing/stack-context";
import type { Priority } from "./spec";

const { services } = stackContext("prod", kubernetes);
const named = (priority: Priority) =>
  services
    .filter((spec) => spec.priority === priority)
    .map(({ name }) => name)
    .sort();

test("what watches goes last", () => {
  const watching = /-exporter$|^(alertmanager|collector|grafana|loki|prometheus|pushgateway|minio-heal)$/;
  expect(named("last")).toEqual(
    services
      .map(({ name }) => name)
      .filter((name) => watching.test(name))
      .sort(),
  );
});

test("the database, the object store and the application go first", () => {
  expect(named("first")).toEqual(expect.arrayContaining(["auth", "functions", "gateway", "minio", "postgres", "rest"]));
});
