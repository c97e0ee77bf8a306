// Runs migrations, each in one transaction together with its record. The lock is one of the transaction as well, since the
// pooler hands a connection to others between transactions: a lock or a setting of the session would stay behind in it.
// A statement that no transaction may hold runs beside one that holds the lock; see `runAlone`.
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Client, ClientConfig } from "pg";
import { Failure, failure, unable } from "../failure";
import { connect } from "./database";
import type { Migration, Script } from "./folder";
import { oneBack, type Plan, planMigrations, type Recorded, type Step, type Target } from "./plan";
import { ensureRecords, forget, log, readRecords, record } from "./records";
import { runAlone } from "./run-alone";
import { LockTimeout, told } from "./server-errors";

/** What all runs on a database exclude each other by: "grou" and "migr" in ASCII. */
const LOCK = "1735552885, 1835626354";
const LOCK_PATIENCE_MS = 10 * 60_000;
const POLL_MS = 250;
/** A lock on a table that others hold is asked for again: they may only be slow. */
const ATTEMPTS = 3;

export interface RunArgs {
  readonly database: ClientConfig;
  /** The folder's name, for messages. */
  readonly folder: string;
  readonly migrations: readonly Migration[];
  readonly target: Target;
  readonly tell: (line: string) => void;
}

/** One step that was done. */
export interface Done {
  readonly label: string;
  readonly direction: Target["direction"];
  readonly milliseconds: number;
}

/** Runs every step to the target and says what it did. Others may run at the same time: each step is planned under the lock. */
export async function runMigrations({ database, folder, migrations, target, tell }: RunArgs): Promise<readonly Done[]> {
  const name = `groundwork migrate ${randomBytes(4).toString("hex")}`;
  const client = await connect(database, name);
  const done: Done[] = [];
  try {
    await locked(client, tell, () => ensureRecords(client));
    // One back is one back, even while the number of what is applied changes.
    const aim = target.direction === "down" && target.to === undefined ? oneBack(await readRecords(client)) : target.to;
    const next = async (): Promise<Plan> =>
      planMigrations(folder, migrations, await readRecords(client), {
        direction: target.direction,
        ...(aim !== undefined && { to: aim }),
      });
    for (;;) {
      const step = await withRetries(tell, () =>
        locked(client, tell, async () => {
          const { steps, problems } = await next();
          if (problems.length > 0) throw new Failure(problems);
          const [first] = steps;
          if (first === undefined) return undefined;
          if (done.some(({ label }) => label === first.migration.label))
            throw failure(
              first.migration.label,
              "is undone by another run at the same time",
              "let one of them end first",
            );
          const started = performance.now();
          const script = scriptOf(first);
          if (script.alone) await runAlone({ database, name, holder: client, step: first, script, folder });
          else await runInside(client, first, script, folder);
          return {
            label: first.migration.label,
            direction: first.direction,
            milliseconds: Math.round(performance.now() - started),
          };
        }),
      );
      if (step === undefined) return done;
      done.push(step);
      tell(`${step.direction === "up" ? "applied" : "took back"} ${step.label} in ${step.milliseconds} ms`);
    }
  } finally {
    client.end().catch(() => undefined);
  }
}

/** Reads the plan without a lock and without changing anything. */
export async function previewMigrations({
  database,
  folder,
  migrations,
  target,
}: Omit<RunArgs, "tell">): Promise<Plan> {
  const client = await connect(database, "groundwork migrate");
  try {
    return planMigrations(folder, migrations, await readRecords(client), target);
  } finally {
    client.end().catch(() => undefined);
  }
}

/** What is recorded as applied. */
export async function readApplied(database: ClientConfig): Promise<readonly Recorded[]> {
  const client = await connect(database, "groundwork migrate");
  try {
    return await readRecords(client);
  } finally {
    client.end().catch(() => undefined);
  }
}

function scriptOf({ direction, migration }: Step): Script {
  const script = direction === "up" ? migration.up : migration.down;
  if (script === undefined) throw new Error(`${migration.label}: no way back; plan.ts must refuse it`);
  return script;
}

/**
 * Runs `work` in a transaction that holds the lock. Polls for it: a query that waited for it would hold a snapshot, and CREATE
 * INDEX CONCURRENTLY of the holder would wait for that in turn.
 */
async function locked<T>(client: Client, tell: (line: string) => void, work: () => Promise<T>): Promise<T> {
  let told = false;
  for (const deadline = Date.now() + LOCK_PATIENCE_MS; ; await pause(POLL_MS)) {
    await client.query("BEGIN");
    const { rows } = await client.query(`SELECT pg_try_advisory_xact_lock(${LOCK}) AS got`);
    if (rows[0]?.got === true) break;
    await client.query("ROLLBACK");
    if (Date.now() > deadline)
      throw unable("migrations", "another run has held the lock for 10 minutes", "wait for it");
    if (!told) tell("waiting for another run of migrations to end");
    told = true;
  }
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function withRetries<T>(tell: (line: string) => void, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LockTimeout)) throw error;
      if (attempt === ATTEMPTS) throw error.told;
      tell(`${error.told.message.split("\n")[0]}; trying again`);
      await pause(attempt * 1_000);
    }
  }
}

async function runInside(client: Client, step: Step, script: Script, folder: string): Promise<void> {
  const { direction, migration } = step;
  const started = performance.now();
  await client.query(
    `SET LOCAL lock_timeout = '${script.lockSeconds}s'; SET LOCAL statement_timeout = '${script.statementSeconds}s'`,
  );
  try {
    await client.query(script.sql);
  } catch (error) {
    throw told(error, script, folder);
  }
  // The file may have changed roles, search path or timeouts for itself, but not for its record.
  await client.query("RESET ROLE; SET LOCAL statement_timeout = '30s'");
  if (direction === "up") await record(client, migration, "applied");
  else await forget(client, migration);
  await log(client, migration.label, direction, script.checksum, performance.now() - started);
}
