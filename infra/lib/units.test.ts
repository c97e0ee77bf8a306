// Sizes and times in the units that platforms count in.
import { expect, test } from "vitest";
import { bytes, mebibytes, seconds } from "./units";

test("sizes are binary", () => {
  expect([bytes("1 KiB"), bytes("1.5 MiB"), mebibytes("2 GiB"), mebibytes("512 KiB")]).toEqual([
    1024, 1_572_864, 2048, 0,
  ]);
});

test("times are seconds", () => {
  expect([seconds("30 seconds"), seconds("15 minutes"), seconds("2 hours"), seconds("1 days")]).toEqual([
    30, 900, 7200, 86_400,
  ]);
});
