// How measurements are taken and told: medians, turns, ratios.
import { expect, test } from "vitest";
import { describeMeasurement, inTurns, median } from "./measurement";

test("the median is a value that was measured", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2, 7]);
});

test("runs both in turns, one turn more than is counted", async () => {
  const log: string[] = [];
  const run = (name: string) => async () => log.push(name);
  const [one, other] = await inTurns(2, run("a"), run("b"));
  expect(log).toEqual(["a", "b", "a", "b", "a", "b"]);
  expect(one).toBeGreaterThan(0);
  expect(other).toBeGreaterThan(0);
});

test("prints the ratio first, and none against nothing", () => {
  const time = {
    name: "preview",
    about: "preview of local",
    unit: "s",
    value: 4.512,
    peer: { name: "empty", value: 2 },
  } as const;
  expect(describeMeasurement(time)).toBe("preview           2.26 ×  4.51 s ÷ 2.00 s       preview of local (empty)");
  const memory = { ...time, name: "memory", unit: "MiB", value: 1234.5, peer: { name: "nothing", value: 0 } } as const;
  expect(describeMeasurement(memory)).toBe(
    "memory                    1235 MiB              preview of local (nothing)",
  );
  const spread = { ...time, unit: "ms", spread: [4, 5.25] } as const;
  expect(describeMeasurement(spread)).toBe(
    "preview           2.26 ×  4.51 ms ÷ 2.00 ms     preview of local (empty, 4.00 to 5.25 ms)",
  );
});
