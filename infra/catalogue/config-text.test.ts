// Configuration files: values and references as the YAML that a service reads.
import { expect, test } from "vitest";
import { each, joined, yamlText } from "./config-text";
import { endpoint, file, text } from "./spec";

test("plain values become plain YAML", () => {
  expect(yamlText({ name: "a", port: 1, on: true, list: ["x", { y: "5m" }] })).toBe(
    "name: a\nport: 1\non: true\nlist:\n  - x\n  - y: 5m\n",
  );
});

test("references stay references, between quotes so that they are strings whatever they stand for", () => {
  const address = endpoint("minio", "api", "port");
  expect(yamlText({ port: address, url: joined(text`https://${endpoint("minio", "api")}/`) })).toEqual([
    'port: "',
    address,
    '"\nurl: "https://',
    endpoint("minio", "api"),
    '/"\n',
  ]);
});

test("items of unknown number stand between brackets", () => {
  expect(yamlText({ servers: [each("minio", "api", { url: "https://{host}:{port}" })], after: [file("x")] })).toEqual([
    "servers: [ ",
    { ref: "peers", service: "minio", port: "api", format: '{"url":"https://{host}:{port}"}', separator: ", " },
    ' ]\nafter:\n  - "',
    file("x"),
    '"\n',
  ]);
});
