// Reads SQL with Postgres' own parser, before any database sees it: what is no SQL, what cannot be undone together with the
// rest of its file, and what would outlive its transaction and meet other clients of the pooler.
import { hasSqlDetails, parse } from "libpg-query";

/** One statement, as far as migrations care. */
export interface Statement {
  readonly line: number;
  /** Postgres refuses it inside a transaction. */
  readonly alone: boolean;
  /** An interrupted run may run it again: what it left behind does no harm, or is known. */
  readonly repeatable: boolean;
  /** The index that `CREATE INDEX CONCURRENTLY` builds: interrupted, it leaves an invalid one behind. */
  readonly index?: { readonly name: string; readonly table: string };
  /** Why it has no place in a migration. */
  readonly refused?: { readonly fact: string; readonly hint: string };
}

/** Something wrong with a text, and where. */
export interface SqlMistake {
  readonly line: number;
  readonly fact: string;
  readonly hint?: string;
}

/** A text, understood: its statements, or the first place at which it is no SQL. */
export interface Reading {
  readonly statements: readonly Statement[];
  readonly mistake?: SqlMistake;
}

/** Parses a text. */
export async function readStatements(sql: string): Promise<Reading> {
  try {
    const { stmts = [] }: { stmts?: readonly RawStatement[] } = await parse(sql);
    const bytes = Buffer.from(sql);
    const statements = stmts.map(({ stmt, stmt_location = 0 }) => {
      const [[kind, node] = ["", {}]] = Object.entries(stmt);
      const before = bytes.subarray(0, stmt_location + leadingSpace(bytes.subarray(stmt_location).toString()));
      return { line: before.toString().split("\n").length, ...judge(kind, node) };
    });
    return { statements };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const at = hasSqlDetails(error) ? error.sqlDetails.cursorPosition : 0;
    const psql = /at or near "\\"/.test(error.message) ? { hint: "commands of psql mean nothing to the server" } : {};
    return { statements: [], mistake: { line: lineAt(sql, at), fact: error.message.toLowerCase(), ...psql } };
  }
}

/** The line of a character, counted from 1. */
export function lineAt(sql: string, character: number): number {
  return sql.slice(0, character).split("\n").length;
}

interface RawStatement {
  readonly stmt: Readonly<Record<string, Node>>;
  readonly stmt_location?: number;
}
// A node of the parser has its own members for each kind; those that are read here are read with care.
type Node = Readonly<Record<string, unknown>>;

const INSIDE: Pick<Statement, "alone" | "repeatable"> = { alone: false, repeatable: true };
const ALONE: Pick<Statement, "alone" | "repeatable"> = { alone: true, repeatable: true };

const refuse = (fact: string, hint: string) => ({ ...INSIDE, refused: { fact, hint } });
const outlives = (what: string, hint: string) =>
  refuse(`${what} lasts beyond its transaction, in a connection that the pooler hands to others`, hint);

function judge(kind: string, node: Node): Omit<Statement, "line"> {
  switch (kind) {
    case "TransactionStmt":
      return refuse("begins or ends a transaction, which is done for the whole file", "remove it");
    case "VariableSetStmt":
      if (node.is_local === true || node.name === "TRANSACTION") return INSIDE;
      return outlives(`SET ${String(node.name ?? "")}`.trim(), "write SET LOCAL");
    case "PrepareStmt":
    case "ListenStmt":
    case "DiscardStmt":
      return outlives(kind.replace("Stmt", "").toUpperCase(), "remove it");
    case "CopyStmt":
      if (node.is_from !== true || node.filename !== undefined) return INSIDE;
      return refuse("COPY FROM STDIN finds no data in a migration", "write INSERT");
    case "CreatedbStmt":
    case "DropdbStmt":
    case "AlterSystemStmt":
    case "CreateTableSpaceStmt":
    case "DropTableSpaceStmt":
      return refuse("concerns the whole server, not the application's schema", "leave it to the platform");
    case "VacuumStmt":
      return node.is_vacuumcmd === true ? ALONE : INSIDE;
    case "ReindexStmt":
      return hasParameter(node, "concurrently") ? ALONE : INSIDE;
    case "DropStmt":
      if (node.concurrent !== true) return INSIDE;
      return { ...ALONE, repeatable: node.missing_ok === true };
    case "AlterTableStmt":
      if (!JSON.stringify(node).includes('"concurrent":true')) return INSIDE;
      return refuse("DETACH CONCURRENTLY cannot be resumed when it is interrupted", "detach without CONCURRENTLY");
    case "IndexStmt":
      return node.concurrent === true ? concurrentIndex(node) : INSIDE;
    default:
      return INSIDE;
  }
}

function concurrentIndex({ idxname, relation }: Node): Omit<Statement, "line"> {
  const { schemaname, relname } = relation as { schemaname?: string; relname: string };
  if (typeof idxname !== "string")
    return refuse("the index has no name, by which an interrupted one is found again", "name it");
  const table = [schemaname, relname].flatMap((name) => (name === undefined ? [] : [quoted(name)])).join(".");
  return { ...ALONE, index: { name: idxname, table } };
}

function hasParameter({ params }: Node, name: string): boolean {
  const list = (params ?? []) as readonly { readonly DefElem?: { readonly defname?: string } }[];
  return list.some(({ DefElem }) => DefElem?.defname === name);
}

/** An identifier as SQL reads it back. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What a statement's text begins with besides itself: space and comments, which may nest. */
function leadingSpace(text: string): number {
  return /^(\s+|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)*/.exec(text)?.[0].length ?? 0;
}
