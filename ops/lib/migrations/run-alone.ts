// Runs a statement that no transaction may hold, so that an interrupted run can be taken up again.
import { setTimeout as pause } from "node:timers/promises";
import type { Client, ClientConfig } from "pg";
import { unable } from "../failure";
import { connect } from "./database";
import type { Script } from "./folder";
import type { Step } from "./plan";
import { forget, log, record } from "./records";
import { told } from "./server-errors";

const POLL_MS = 250;
const ORPHAN_PATIENCE_MS = 60_000;

export interface AloneArgs {
  readonly database: ClientConfig;
  readonly name: string;
  /** Holds the lock in an open transaction, without a snapshot that the statement would wait for. */
  readonly holder: Client;
  readonly step: Step;
  readonly script: Script;
  readonly folder: string;
}

/**
 * Notes that the statement begins, runs it, and notes its end. Interrupted in between, the note stays: the next run waits until
 * the server has let go of the statement, removes what it left behind, and runs it again.
 */
export async function runAlone({ database, name, holder, step, script, folder }: AloneArgs): Promise<void> {
  const { direction, migration } = step;
  const client = await connect(database, `${name} alone`);
  const started = performance.now();
  try {
    await orphansGone(client, name);
    const index = script.alone?.index;
    const left = index && (await leftBehind(client, index));
    if (left?.valid === false) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${left.name}`);
    const finished = step.resumes && left?.valid === true;
    await record(client, migration, direction === "up" ? "applying" : "reverting");
    if (!finished) await timed(holder, `${name} alone`, script, () => client.query(script.sql), folder);
    if (direction === "up") await record(client, migration, "applied");
    else await forget(client, migration);
    await log(client, migration.label, direction, script.checksum, performance.now() - started);
  } finally {
    client.end().catch(() => undefined);
  }
}

/** A timeout from outside: a setting of the session would stay behind in the pooler's connection. */
async function timed(holder: Client, name: string, script: Script, run: () => Promise<unknown>, folder: string) {
  // A query without parameters leaves no portal open, whose snapshot the statement would wait for.
  await holder.query("SELECT 1");
  // Within a transaction the view of activity stays as it was first read, unless it is told to look again.
  const cancel = `SELECT pg_stat_clear_snapshot();
    SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}' AND state = 'active'`;
  const timer = setTimeout(() => holder.query(cancel).catch(() => undefined), script.statementSeconds * 1_000);
  try {
    await run();
  } catch (error) {
    throw told(error, script, folder);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for statements of runs that were killed: whoever holds the lock is the only one that may run. */
async function orphansGone(client: Client, name: string): Promise<void> {
  const deadline = Date.now() + ORPHAN_PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query(
      `SELECT count(*)::int AS running FROM pg_stat_activity
       WHERE application_name LIKE 'groundwork migrate % alone' AND application_name NOT LIKE $1 || '%' AND state = 'active'
         AND usename = current_user`,
      [name],
    );
    if (rows[0]?.running === 0) return;
    if (Date.now() > deadline)
      throw unable(
        "migrations",
        "a statement of an interrupted run is still at work on the server",
        "wait for its end",
      );
    await pause(POLL_MS);
  }
}

async function leftBehind(client: Client, index: { readonly name: string; readonly table: string }) {
  const { rows } = await client.query(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, i.indisvalid AS valid
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND i.indrelid = to_regclass($2)`,
    [index.name, index.table],
  );
  return rows[0] as { name: string; valid: boolean } | undefined;
}
