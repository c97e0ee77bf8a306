// Tables and views that the API shows to everyone with a key, without row-level security to say which rows.
import type { ClientConfig } from "pg";
import { connect } from "./database";

/** Something whose rows nothing guards. */
export interface Unguarded {
  /** `public.notes`. */
  readonly name: string;
  readonly kind: "table" | "view";
  /** What to write into a migration. */
  readonly remedy: string;
}

/** Every such table and view of `schemas`, but for those that extensions bring. */
export async function unguarded(database: ClientConfig, schemas: readonly string[]): Promise<readonly Unguarded[]> {
  const client = await connect(database, "groundwork migrate check");
  try {
    const { rows } = await client.query(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind IN ('v', 'm') AS view, c.relkind = 'm' AS materialized
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ANY ($1)
         AND (c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
           OR c.relkind = 'm' AND EXISTS (
             SELECT FROM pg_roles r WHERE r.rolname IN ('anon', 'authenticated') AND has_table_privilege(r.oid, c.oid, 'SELECT'))
           OR c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions) OR 'security_invoker=on' = ANY (c.reloptions), false))
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
       ORDER BY 1`,
      [schemas],
    );
    return rows.map(({ name, view, materialized }) => ({
      name,
      kind: view ? "view" : "table",
      remedy: remedy(name, view, materialized),
    }));
  } finally {
    client.end().catch(() => undefined);
  }
}

function remedy(name: string, view: boolean, materialized: boolean): string {
  if (materialized) return `REVOKE SELECT ON ${name} FROM anon, authenticated`;
  // A view reads with its owner's rights, past the policies of the tables below.
  if (view) return `ALTER VIEW ${name} SET (security_invoker = true)`;
  return `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY, and CREATE POLICY`;
}
