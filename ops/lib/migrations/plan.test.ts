// Which migrations run in which order, and when none may: values in, values out.
import { expect, test } from "vitest";
import type { Migration, Script } from "./folder";
import { planMigrations, type Recorded, type Target } from "./plan";

const script = (file: string): Script => ({ file, sql: "", checksum: file, lockSeconds: 5, statementSeconds: 300 });
const migration = (number: number, irreversible?: string): Migration => ({
  number,
  label: `000${number}_step`,
  up: script(`000${number}_step.sql`),
  ...(irreversible === undefined ? { down: script(`000${number}_step.down.sql`) } : { irreversible }),
});
const recorded = (number: number, change: Partial<Recorded> = {}): Recorded => ({
  number,
  label: `000${number}_step`,
  checksum: `000${number}_step.sql`,
  state: "applied",
  at: "2026-01-01T00:00:00Z",
  ...change,
});
const FOUR = [1, 2, 3, 4].map((number) => migration(number));

function outcome(
  known: readonly Recorded[],
  target: Target,
  migrations: readonly Migration[] = FOUR,
): readonly string[] {
  const { steps, problems } = planMigrations("m", migrations, known, target);
  expect(steps.length === 0 || problems.length === 0).toBe(true);
  return [
    ...steps.map((step) => `${step.direction} ${step.migration.number}${step.resumes ? " resumes" : ""}`),
    ...problems.map(({ path, fact }) => `${path}: ${fact}`),
  ];
}

test.each<[string, readonly Recorded[], Target, readonly string[]]>([
  ["an empty database gets all", [], { direction: "up" }, ["up 1", "up 2", "up 3", "up 4"]],
  ["up to a number", [recorded(1)], { direction: "up", to: 3 }, ["up 2", "up 3"]],
  ["a complete one gets nothing", [1, 2, 3, 4].map((n) => recorded(n)), { direction: "up" }, []],
  ["after a restore, only what is missing", [recorded(1), recorded(2)], { direction: "up" }, ["up 3", "up 4"]],
  ["down is one back", [recorded(1), recorded(2), recorded(3)], { direction: "down" }, ["down 3"]],
  ["down to a number", [1, 2, 3].map((n) => recorded(n)), { direction: "down", to: 1 }, ["down 3", "down 2"]],
  ["down to nothing", [1, 2].map((n) => recorded(n)), { direction: "down", to: 0 }, ["down 2", "down 1"]],
  ["down from nothing is nothing", [], { direction: "down" }, []],
  [
    "an interrupted one is taken up again, then the rest",
    [recorded(1), recorded(2, { state: "applying" })],
    { direction: "up", to: 3 },
    ["up 2 resumes", "up 3"],
  ],
  [
    "an interrupted way back likewise",
    [recorded(1), recorded(2, { state: "reverting" })],
    { direction: "down" },
    ["down 2 resumes"],
  ],
])("%s", (_, known, target, expected) => {
  expect(outcome(known, target)).toEqual(expected);
});

test("changed, renamed, missing and late files are told together, and nothing runs", () => {
  const known = [recorded(1, { checksum: "other" }), recorded(3, { label: "0003_former" }), recorded(5)];
  expect(outcome(known, { direction: "up" })).toEqual([
    "m/0001_step.sql: was changed since it was applied at 2026-01-01T00:00:00Z",
    "m/0003_step.sql: was applied at 2026-01-01T00:00:00Z as 0003_former",
    "m/0005_step.sql: was applied at 2026-01-01T00:00:00Z, and is gone",
    "m/0002_step.sql: comes before 5, which is applied already",
    "m/0004_step.sql: comes before 5, which is applied already",
  ]);
});

test.each<[string, readonly Recorded[], Target, string]>([
  ["an unknown number", [], { direction: "up", to: 9 }, "--to 9: is the number of no migration"],
  [
    "up to what is past",
    [1, 2].map((n) => recorded(n)),
    { direction: "up", to: 1 },
    "--to 1: is behind 2, which is applied",
  ],
  [
    "down over an interrupted one",
    [recorded(1, { state: "applying" })],
    { direction: "down" },
    "0001_step: is half applied: a run was interrupted",
  ],
  [
    "up over an interrupted way back",
    [recorded(1, { state: "reverting" })],
    { direction: "up" },
    "0001_step: is half taken back: a run was interrupted",
  ],
])("%s is refused", (_, known, target, problem) => {
  expect(outcome(known, target)).toEqual([problem]);
});

test("what is irreversible stops the way back before its first step", () => {
  const migrations = [migration(1), migration(2, "its data is gone"), migration(3)];
  const known = [1, 2, 3].map((number) => recorded(number));
  expect(outcome(known, { direction: "down", to: 0 }, migrations)).toEqual([
    "m/0002_step.sql: cannot be taken back: its data is gone",
  ]);
  expect(outcome(known, { direction: "down" }, migrations)).toEqual(["down 3"]);
});
