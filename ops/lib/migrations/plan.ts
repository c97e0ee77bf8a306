// Which migrations run, from what the folder holds and what the database recorded; or every reason why none may. Pure.
import type { Problem } from "../../../infra/lib/errors";
import type { Migration } from "./folder";

/** What the database knows of a migration. */
export interface Recorded {
  readonly number: number;
  readonly label: string;
  readonly checksum: string;
  /** `applying` and `reverting`: a statement outside of a transaction was begun, and nobody has seen its end. */
  readonly state: "applied" | "applying" | "reverting";
  /** RFC 3339. */
  readonly at: string;
}

/** Where a run is to lead. */
export interface Target {
  readonly direction: "up" | "down";
  /** The number of the last migration that is applied afterwards; 0 for none. @default up: all; down: all but the last */
  readonly to?: number;
}

export interface Step {
  readonly direction: Target["direction"];
  readonly migration: Migration;
  /** An earlier run was interrupted in the midst of this one. */
  readonly resumes: boolean;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly problems: readonly Problem[];
}

/** The steps to `target`, in order. With problems there are none. */
export function planMigrations(
  folder: string,
  migrations: readonly Migration[],
  recorded: readonly Recorded[],
  target: Target,
): Plan {
  const problems = [...driftProblems(folder, migrations, recorded), ...targetProblems(migrations, recorded, target)];
  if (problems.length > 0) return { steps: [], problems };
  const steps =
    target.direction === "up" ? stepsUp(migrations, recorded, target) : stepsDown(migrations, recorded, target);
  const stuck = steps.flatMap(({ direction, migration: { label, irreversible } }) =>
    direction === "down" && irreversible !== undefined
      ? [
          {
            path: `${folder}/${label}.sql`,
            fact: `cannot be taken back: ${irreversible}`,
            hint: "restore a backup instead",
          },
        ]
      : [],
  );
  return stuck.length > 0 ? { steps: [], problems: stuck } : { steps, problems: [] };
}

/** Where `--down` without a number leads: one back. */
export function oneBack(recorded: readonly Recorded[]): number {
  return recorded.map(({ number }) => number).sort((a, b) => b - a)[1] ?? 0;
}

function stepsUp(migrations: readonly Migration[], recorded: readonly Recorded[], { to }: Target): readonly Step[] {
  return migrations
    .filter(({ number }) => number <= (to ?? Number.POSITIVE_INFINITY))
    .flatMap((migration) => {
      const state = recorded.find(({ number }) => number === migration.number)?.state;
      return state === "applied" ? [] : [{ direction: "up" as const, migration, resumes: state === "applying" }];
    });
}

function stepsDown(migrations: readonly Migration[], recorded: readonly Recorded[], { to }: Target): readonly Step[] {
  const least = to ?? oneBack(recorded);
  return migrations
    .toReversed()
    .filter(({ number }) => number > least)
    .flatMap((migration) => {
      const state = recorded.find(({ number }) => number === migration.number)?.state;
      return state === undefined ? [] : [{ direction: "down" as const, migration, resumes: state === "reverting" }];
    });
}

/** The files are no longer what was applied, or come too late. */
function driftProblems(
  folder: string,
  migrations: readonly Migration[],
  recorded: readonly Recorded[],
): readonly Problem[] {
  const last = Math.max(0, ...recorded.map(({ number }) => number));
  const changed = recorded.flatMap(({ number, label, checksum, at }) => {
    const path = `${folder}/${label}.sql`;
    const migration = migrations.find((each) => each.number === number);
    if (migration === undefined)
      return [{ path, fact: `was applied at ${at}, and is gone`, hint: "bring it back from version control" }];
    if (migration.label !== label)
      return [
        { path: `${folder}/${migration.up.file}`, fact: `was applied at ${at} as ${label}`, hint: "rename it back" },
      ];
    if (migration.up.checksum !== checksum)
      return [
        {
          path,
          fact: `was changed since it was applied at ${at}`,
          hint: "bring it back as it was, and write the change as a new migration",
        },
      ];
    return [];
  });
  const late = migrations
    .filter(({ number }) => number < last && !recorded.some((each) => each.number === number))
    .map(({ up }) => ({
      path: `${folder}/${up.file}`,
      fact: `comes before ${last}, which is applied already`,
      hint: `give it a number above ${Math.max(last, ...migrations.map(({ number }) => number))}`,
    }));
  return [...changed, ...late];
}

function targetProblems(
  migrations: readonly Migration[],
  recorded: readonly Recorded[],
  { direction, to }: Target,
): readonly Problem[] {
  const last = Math.max(0, ...recorded.map(({ number }) => number));
  const interrupted = recorded.find(({ state }) => state === (direction === "up" ? "reverting" : "applying"));
  if (interrupted !== undefined)
    return [
      {
        path: interrupted.label,
        fact:
          direction === "up" ? "is half taken back: a run was interrupted" : "is half applied: a run was interrupted",
        hint: direction === "up" ? "finish it with ./groundwork migrate --down" : "finish it with ./groundwork migrate",
      },
    ];
  if (to === undefined) return [];
  if (to !== 0 && !migrations.some(({ number }) => number === to))
    return [
      { path: `--to ${to}`, fact: "is the number of no migration", hint: "./groundwork migrate status lists them" },
    ];
  if (direction === "up" && to < last)
    return [{ path: `--to ${to}`, fact: `is behind ${last}, which is applied`, hint: "add --down to go back" }];
  return [];
}
