// Ranges of addresses, as the cluster compares them with the host's routes.
import { expect, test } from "vitest";
import { contains, overlaps, without } from "./ranges";

test.each([
  ["10.246.0.0/24", "10.246.0.0/24", true],
  ["10.246.0.0/24", "10.0.0.0/8", true],
  ["10.246.0.7", "10.246.0.0/24", true],
  ["10.246.1.0/24", "10.246.0.0/24", false],
  ["198.18.0.0/15", "198.18.1.1/30", true],
  ["172.17.0.0/16", "10.97.0.0/16", false],
])("%s and %s share an address: %s", (one, other, expected) => {
  expect([overlaps(one, other), overlaps(other, one)]).toEqual([expected, expected]);
});

test("the whole internet holds every address", () => {
  expect([contains("0.0.0.0/0", "255.255.255.255"), contains("10.246.0.0/24", "10.246.1.0")]).toEqual([true, false]);
});

test.each([
  ["10.0.0.0/8", [], ["10.0.0.0/8"]],
  ["10.0.0.0/8", ["10.0.0.0/7"], []],
  ["10.0.0.0/30", ["10.0.0.1/32"], ["10.0.0.0/32", "10.0.0.2/31"]],
  ["0.0.0.0/0", ["128.0.0.0/2", "192.0.0.0/2"], ["0.0.0.0/1"]],
])("%s without %j is %j", (range, exceptions, expected) => {
  expect(without(range, exceptions)).toEqual(expected);
});
