// Passwords as the official provider draws them: length, alphabet, minima.
import { expect, test } from "vitest";
import { password, passwordFailures } from "./password";

test("a password has the length, the minima and no character that is not allowed", () => {
  for (let round = 0; round < 200; round++) {
    const drawn = password({ length: 12, special: false, upper: false, minNumeric: 4, minLower: 3 });
    expect(drawn).toMatch(/^[a-z0-9]{12}$/);
    expect(drawn.replaceAll(/\D/g, "").length).toBeGreaterThanOrEqual(4);
    expect(drawn.replaceAll(/[^a-z]/g, "").length).toBeGreaterThanOrEqual(3);
  }
});

test("every character and every position is used", () => {
  const drawn = Array.from({ length: 400 }, () =>
    password({ length: 8, special: true, overrideSpecial: "_", minSpecial: 1 }),
  );
  expect(new Set(drawn.join("")).size).toBe(26 + 26 + 10 + 1);
  expect(new Set(drawn.map((word) => word.indexOf("_"))).size).toBe(8);
});

test.each([
  [{ length: 0 }, ["length: must be a whole number of 1 or more, got 0"]],
  [{ length: 3, minLower: 2, minUpper: 2 }, ["length: must be a whole number of 4 or more, got 3"]],
  [
    { length: 8, lower: false, upper: false, numeric: false, special: false },
    ["lower: at least one of lower, upper, numeric and special must be true"],
  ],
  [{ length: 8, lower: false, minLower: 1 }, ["length: a minimum is given for characters that are not allowed"]],
  [{ length: 8 }, []],
])("%j", (inputs, problems) => {
  expect(passwordFailures(inputs).map(({ property, reason }) => `${property}: ${reason}`)).toEqual(problems);
});
