// What the database remembers of migrations, in a schema of their own: which are applied, and every time one ran.
import type { ClientBase } from "pg";
import type { Migration } from "./folder";
import type { Recorded } from "./plan";

/** The schema; nothing of it is shown by the API. */
export const SCHEMA = "groundwork_migrations";

const DEFINITION = `
CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
CREATE TABLE IF NOT EXISTS ${SCHEMA}.applied (
  number bigint PRIMARY KEY,
  label text NOT NULL,
  checksum text NOT NULL,
  state text NOT NULL CHECK (state IN ('applied', 'applying', 'reverting')),
  at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('up', 'down')),
  checksum text NOT NULL,
  milliseconds integer NOT NULL,
  by text NOT NULL DEFAULT session_user,
  at timestamptz NOT NULL DEFAULT now()
);`;

/** Creates the tables unless they are there; for whoever holds the lock. */
export async function ensureRecords(client: ClientBase): Promise<void> {
  if (!(await hasRecords(client))) await client.query(DEFINITION);
}

/** What is recorded, by number; nothing where nothing ever ran. */
export async function readRecords(client: ClientBase): Promise<readonly Recorded[]> {
  if (!(await hasRecords(client))) return [];
  const { rows } = await client.query(
    `SELECT number::text, label, checksum, state, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at
     FROM ${SCHEMA}.applied ORDER BY applied.number`,
  );
  return rows.map((row) => ({ ...row, number: Number(row.number) }));
}

/** Notes that a migration is applied, or that a statement of it was begun whose end nobody may see. */
export async function record(client: ClientBase, { number, label, up }: Migration, state: Recorded["state"]) {
  await client.query(
    `INSERT INTO ${SCHEMA}.applied (number, label, checksum, state) VALUES ($1, $2, $3, $4)
     ON CONFLICT (number) DO UPDATE SET state = excluded.state, at = now()`,
    [number, label, up.checksum, state],
  );
}

/** Forgets a migration that was taken back. */
export async function forget(client: ClientBase, { number }: Migration): Promise<void> {
  await client.query(`DELETE FROM ${SCHEMA}.applied WHERE number = $1`, [number]);
}

/** Adds a line to the history. */
export async function log(client: ClientBase, label: string, direction: "up" | "down", checksum: string, ms: number) {
  await client.query(`INSERT INTO ${SCHEMA}.log (label, direction, checksum, milliseconds) VALUES ($1, $2, $3, $4)`, [
    label,
    direction,
    checksum,
    Math.round(ms),
  ]);
}

async function hasRecords(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS present", [`${SCHEMA}.applied`]);
  return rows[0]?.present === true;
}
