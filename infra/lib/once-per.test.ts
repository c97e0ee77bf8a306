// Work that is done once for each object.
import { expect, test } from "vitest";
import { oncePer } from "./once-per";

test("the same object is worked on once, another one again", () => {
  const seen: object[] = [];
  const length = oncePer((list: readonly number[]) => {
    seen.push(list);
    return list.length;
  });
  const [one, other] = [[1, 2], [3]];
  expect([length(one), length(one), length(other)]).toEqual([2, 2, 1]);
  expect(seen).toEqual([one, other]);
});
