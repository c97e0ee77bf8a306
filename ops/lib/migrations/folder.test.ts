// What a folder of migrations holds, and everything that can be wrong with it, all at once.
import { expect, test } from "vitest";
import { readFolder, type SourceFile } from "./folder";

const files = (texts: Readonly<Record<string, string>>): readonly SourceFile[] =>
  Object.entries(texts).map(([name, text]) => ({ name, text }));
const problems = async (texts: Readonly<Record<string, string>>) =>
  (await readFolder("m", files(texts))).problems.map(({ path, fact }) => `${path}: ${fact}`);

test("files come in the order of their numbers, each with its way back or the reason for none", async () => {
  const folder = await readFolder(
    "m",
    files({
      "0002_drop_old.sql": "-- irreversible: what it drops is gone\r\nDROP TABLE old;\r\n",
      "0001_create_notes.sql":
        "-- lock_timeout: 30 seconds\n-- statement_timeout: 2 hours\nCREATE TABLE notes (id int);",
      "0001_create_notes.down.sql": "DROP TABLE notes;",
      "README.md": "not looked at",
    }),
  );
  expect(folder.problems).toEqual([]);
  expect(folder.migrations).toMatchObject([
    {
      number: 1,
      label: "0001_create_notes",
      up: { lockSeconds: 30, statementSeconds: 7200 },
      down: { lockSeconds: 5 },
    },
    { number: 2, label: "0002_drop_old", irreversible: "what it drops is gone" },
  ]);
  expect(folder.migrations[1]).not.toHaveProperty("down");
});

test("line ends do not change a checksum, and nothing else is forgiven", async () => {
  const checksum = async (text: string) =>
    (await readFolder("m", files({ "0001_a.sql": text }))).migrations[0]?.up.checksum;
  expect(await checksum("SELECT 1;\r\nSELECT 2;\r\n")).toBe(await checksum("SELECT 1;\nSELECT 2;\n"));
  expect(await checksum("SELECT 1;")).not.toBe(await checksum("SELECT 1; "));
});

test("a statement outside of a transaction is alone in its file and known by its index", async () => {
  const { migrations } = await readFolder(
    "m",
    files({
      "0001_i.sql":
        '-- transaction: none\n\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_body ON app."Notes" (body);',
      "0001_i.down.sql": "-- transaction: none\nDROP INDEX CONCURRENTLY IF EXISTS app.by_body;",
    }),
  );
  expect(migrations[0]?.up.alone).toEqual({
    line: 3,
    alone: true,
    repeatable: true,
    index: { name: "by_body", table: '"app"."Notes"' },
  });
});

test("every mistake of every file is told in one go", async () => {
  expect(
    await problems({
      "1_short.sql": "SELECT 1",
      "0001_ok.sql": "SELECT 1;",
      "0003_gap.sql": "-- irreversible:\nSELEC 1;",
      "0003_twice.sql": "-- irreversible: no\nSELECT 1;",
      "0003_twice.down.sql": "SELECT 1;",
      "0004_marks.sql": "-- irreversible: x\n-- statement_timeout: long\n-- transaction: maybe\nSELECT 1;",
      "0005_lost.down.sql": "SELECT 1;",
    }),
  ).toEqual([
    "m/1_short.sql: is not named as a migration",
    'm/0003_gap.sql:2: syntax error at or near "selec"',
    "m/0003_gap.sql: is irreversible without a reason",
    'm/0004_marks.sql: statement_timeout must be a number of seconds, minutes or hours, got "long"',
    'm/0004_marks.sql: transaction must be none, got "maybe"',
    "m/0001_ok.sql: has no way back",
    "m/0003_twice.sql: is declared irreversible, but 0003_twice.down.sql is there",
    "m/0005_lost.down.sql: is a way back from nothing",
    "m/0003_gap.sql: follows a gap: 2 is missing",
    "m/0003_twice.sql: has the number of 0003_gap.sql",
  ]);
});

test.each([
  ["BEGIN; SELECT 1;", "begins or ends a transaction, which is done for the whole file"],
  ["SELECT 1;\nCOMMIT;", "begins or ends a transaction, which is done for the whole file"],
  [
    "SET statement_timeout = 0;",
    "SET statement_timeout lasts beyond its transaction, in a connection that the pooler hands to others",
  ],
  ["LISTEN news;", "LISTEN lasts beyond its transaction, in a connection that the pooler hands to others"],
  ["COPY notes FROM STDIN;", "COPY FROM STDIN finds no data in a migration"],
  ["ALTER SYSTEM SET work_mem = '1GB';", "concerns the whole server, not the application's schema"],
  ["CREATE INDEX CONCURRENTLY i ON t (x);", "cannot run inside a transaction"],
  ["VACUUM t;", "cannot run inside a transaction"],
  ["-- transaction: none\nSELECT 1;", "can run inside a transaction"],
  ["-- transaction: none\nDROP INDEX CONCURRENTLY i;", "fails when an interrupted run is repeated"],
  ["-- transaction: none\nVACUUM a;\nVACUUM b;", "is not alone in its file, and would be half done if interrupted"],
  [
    "-- transaction: none\nCREATE INDEX CONCURRENTLY ON t (x);",
    "the index has no name, by which an interrupted one is found again",
  ],
  ["ALTER TABLE p DETACH PARTITION c CONCURRENTLY;", "DETACH CONCURRENTLY cannot be resumed when it is interrupted"],
  ["\\d notes", 'syntax error at or near "\\"'],
  ["-- nothing yet\n", "holds no statement"],
])("%j: %s", async (sql, fact) => {
  const found = await readFolder("m", files({ "0001_a.sql": sql, "0001_a.down.sql": "SELECT 1;" }));
  expect(found.problems.map((problem) => problem.fact)).toContain(fact);
});

test("what looks like a mistake inside a string, a comment or a function is none", async () => {
  const sql = `-- COMMIT;
SELECT 'BEGIN; VACUUM t'; /* SET x = 1; */
SET LOCAL search_path = app;
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET LOCAL work_mem = '1MB'; RETURN 1; END $$;
CREATE INDEX i ON t (x);`;
  expect(await problems({ "0001_a.sql": sql, "0001_a.down.sql": "DROP FUNCTION f;" })).toEqual([]);
});

test("numbers that are times may leave gaps", async () => {
  const one = { "20260101120000_a.sql": "SELECT 1;", "20260101120000_a.down.sql": "SELECT 1;" };
  const two = { "20260301120000_b.sql": "SELECT 1;", "20260301120000_b.down.sql": "SELECT 1;" };
  expect(await problems({ ...one, ...two })).toEqual([]);
});
