// A folder of migrations: which files there are, what belongs together, and everything that is wrong with them at once. Pure:
// what the files hold is handed in.
import { createHash } from "node:crypto";
import type { Problem } from "../../../infra/lib/errors";
import { type Duration, seconds } from "../../../infra/lib/units";
import { readStatements, type SqlMistake, type Statement } from "./statements";

/** One file to run, one way or the other. */
export interface Script {
  /** Its name in the folder. */
  readonly file: string;
  readonly sql: string;
  /** SHA-256 of the text, whatever its line ends. */
  readonly checksum: string;
  /** The single statement of a file that runs outside of a transaction. @default - all statements in one transaction */
  readonly alone?: Statement;
  /** Longest wait for a lock that others hold. */
  readonly lockSeconds: number;
  /** Longest run of one statement. */
  readonly statementSeconds: number;
}

/** One step of a schema, with its way back or the reason why there is none. */
export interface Migration {
  readonly number: number;
  /** `0001_create_notes`. */
  readonly label: string;
  readonly up: Script;
  readonly down?: Script;
  readonly irreversible?: string;
}

export interface Folder {
  readonly migrations: readonly Migration[];
  readonly problems: readonly Problem[];
}

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** Short, because whoever waits for a lock makes all later queries of that table wait as well. */
const LOCK_TIMEOUT: Duration = "5 seconds";
const STATEMENT_TIMEOUT: Duration = "5 minutes";
/** Numbers of 14 digits are times, which leave gaps. */
const TIME_DIGITS = 14;
const NAME = /^(\d{4,14})_([a-z0-9][a-z0-9_-]*?)(\.down)?\.sql$/;

/** Reads the files of `folder` (its name is only for messages). Files that do not end with .sql are not looked at. */
export async function readFolder(folder: string, files: readonly SourceFile[]): Promise<Folder> {
  const sql = files.filter(({ name }) => name.endsWith(".sql")).sort((a, b) => (a.name < b.name ? -1 : 1));
  const misnamed = sql.filter(({ name }) => !NAME.test(name));
  const read = await Promise.all(sql.filter(({ name }) => NAME.test(name)).map((file) => readFile(folder, file)));
  const ups = read.filter(({ down }) => !down).sort((a, b) => a.number - b.number);
  const downs = read.filter(({ down }) => down);
  return {
    migrations: ups.map(({ number, label, script, irreversible }) => {
      const back = downs.find((each) => each.label === label);
      return {
        number,
        label,
        up: script,
        ...(back && { down: back.script }),
        ...(irreversible !== undefined && { irreversible }),
      };
    }),
    problems: [
      ...misnamed.map(({ name }) => ({
        path: `${folder}/${name}`,
        fact: "is not named as a migration",
        hint: "name it like 0001_create_notes.sql, and its way back 0001_create_notes.down.sql",
      })),
      ...read.flatMap(({ problems }) => problems),
      ...ups.flatMap((up) => wayBackProblems(folder, up, downs)),
      ...downs
        .filter(({ label }) => !ups.some((up) => up.label === label))
        .map(({ script }) => ({ path: `${folder}/${script.file}`, fact: "is a way back from nothing" })),
      ...sequenceProblems(folder, ups),
    ],
  };
}

interface ReadFile {
  readonly number: number;
  readonly label: string;
  readonly digits: number;
  readonly down: boolean;
  readonly script: Script;
  readonly irreversible?: string;
  readonly problems: readonly Problem[];
}

async function readFile(folder: string, { name, text }: SourceFile): Promise<ReadFile> {
  const [, digits = "", words = "", down] = NAME.exec(name) ?? [];
  const sql = text.replaceAll("\r\n", "\n");
  const problems: Problem[] = [];
  const problem = (fact: string, hint?: string, line?: number) =>
    problems.push({
      path: `${folder}/${name}${line === undefined ? "" : `:${line}`}`,
      fact,
      ...(hint !== undefined && { hint }),
    });
  const marks = headMarks(sql);
  const timeout = (mark: string, otherwise: Duration): number => {
    const written = marks.get(mark);
    if (written !== undefined && !/^\d+ (seconds|minutes|hours)$/.test(written))
      problem(
        `${mark} must be a number of seconds, minutes or hours, got ${JSON.stringify(written)}`,
        "e.g. 30 minutes",
      );
    else return seconds((written ?? otherwise) as Duration);
    return seconds(otherwise);
  };
  const lockSeconds = timeout("lock_timeout", LOCK_TIMEOUT);
  const statementSeconds = timeout("statement_timeout", STATEMENT_TIMEOUT);
  const outside = marks.get("transaction") === "none";
  if (marks.has("transaction") && !outside)
    problem(`transaction must be none, got ${JSON.stringify(marks.get("transaction"))}`, "or leave the line out");
  const { statements, mistake } = await readStatements(sql);
  const mistakes = mistake === undefined ? statementMistakes(statements, outside) : [mistake];
  for (const { fact, hint, line } of mistakes) problem(fact, hint, line);
  const alone = outside ? statements[0] : undefined;
  if (marks.get("irreversible") === "") problem("is irreversible without a reason", "-- irreversible: <why>");
  const irreversible = marks.get("irreversible");
  return {
    number: Number(digits),
    label: `${digits}_${words}`,
    digits: digits.length,
    down: down !== undefined,
    script: {
      file: name,
      sql,
      checksum: createHash("sha256").update(sql).digest("hex"),
      ...(alone && { alone }),
      lockSeconds,
      statementSeconds,
    },
    ...(irreversible !== undefined && { irreversible }),
    problems,
  };
}

/** `-- name: value` lines of the comment that a file begins with. */
function headMarks(sql: string): ReadonlyMap<string, string> {
  const [head = ""] = /^(?:\s*--[^\n]*\n?|\s*\n)*/.exec(sql) ?? [];
  const marks = [
    ...head.matchAll(/^\s*--\s*(irreversible|transaction|lock_timeout|statement_timeout):[ \t]*(.*?)\s*$/gm),
  ];
  return new Map(marks.map(([, name = "", value = ""]) => [name, value]));
}

type Mistake = Pick<SqlMistake, "fact" | "hint"> & { readonly line?: number };

function statementMistakes(statements: readonly Statement[], outside: boolean): readonly Mistake[] {
  const several = statements[1];
  const mark = "-- transaction: none";
  return [
    ...(statements.length === 0 ? [{ fact: "holds no statement", hint: "remove it" }] : []),
    ...statements.flatMap(({ line, refused }) => (refused === undefined ? [] : [{ line, ...refused }])),
    ...statements.flatMap(({ line, alone, repeatable }) => [
      ...(alone && !outside
        ? [{ line, fact: "cannot run inside a transaction", hint: `begin a file of its own with the line ${mark}` }]
        : []),
      ...(alone && !repeatable
        ? [{ line, fact: "fails when an interrupted run is repeated", hint: "write IF EXISTS" }]
        : []),
      ...(!alone && outside ? [{ line, fact: "can run inside a transaction", hint: `remove the line ${mark}` }] : []),
    ]),
    ...(outside && several !== undefined
      ? [
          {
            line: several.line,
            fact: "is not alone in its file, and would be half done if interrupted",
            hint: "give it one",
          },
        ]
      : []),
  ];
}

function wayBackProblems(folder: string, up: ReadFile, downs: readonly ReadFile[]): readonly Problem[] {
  const path = `${folder}/${up.script.file}`;
  const file = `${up.label}.down.sql`;
  const has = downs.some(({ label }) => label === up.label);
  if (has && up.irreversible !== undefined)
    return [{ path, fact: `is declared irreversible, but ${file} is there`, hint: "keep one of the two" }];
  if (has || up.irreversible !== undefined) return [];
  const hint = `write ${file}, or begin the file with -- irreversible: <why>`;
  return [{ path, fact: "has no way back", hint }];
}

function sequenceProblems(folder: string, ups: readonly ReadFile[]): readonly Problem[] {
  return ups.flatMap(({ number, digits, script }, i) => {
    const path = `${folder}/${script.file}`;
    const before = ups[i - 1];
    if (before?.number === number)
      return [{ path, fact: `has the number of ${before.script.file}`, hint: "give it the next free one" }];
    const expected = (before?.number ?? 0) + 1;
    if (digits >= TIME_DIGITS || number === expected) return [];
    const missing = number - 1 === expected ? `${expected} is` : `${expected} to ${number - 1} are`;
    return [{ path, fact: `follows a gap: ${missing} missing`, hint: "bring the file back, or close the gap" }];
  });
}
