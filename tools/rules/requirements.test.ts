// REQUIREMENTS.md keeps count of every demand: none is dropped, none is called met without a test that exists.
import { expect, test } from "vitest";
import { FILES, read, tableRows } from "./tree";

/** How many core demands each subject has. A row may change its words and its status; it may not disappear. */
const DEMANDS = {
  SV: 25,
  NW: 24,
  PG: 15,
  ST: 14,
  AU: 11,
  RT: 6,
  CA: 5,
  EN: 25,
  BK: 21,
  FO: 8,
  DP: 10,
  MO: 31,
  SE: 10,
  SC: 17,
  OP: 11,
};

const document = read("REQUIREMENTS.md");
const rows = [...document.matchAll(/^## (.+)$/gm)]
  .flatMap(([, heading]) => tableRows(document, `## ${heading}`))
  .filter(([id = ""]) => /^[A-Z]{2}-\d{2}$/.test(id))
  .map(([id = "", demand = "", where = "", proof = "", status = ""]) => ({ id, demand, where, proof, status }));

test("every demand stands in the table, once", () => {
  const ids = rows.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  const counts = Object.fromEntries(
    Object.keys(DEMANDS).map((subject) => [subject, ids.filter((id) => id.startsWith(subject)).length]),
  );
  expect(counts).toEqual(DEMANDS);
  expect(ids.length).toBe(233);
});

test("every row says what is demanded and how it stands", () => {
  const themes = tableRows(document, "## How to read it").map(([theme]) => `open: ${theme}`);
  expect(themes.length).toBeGreaterThan(0);
  expect(rows.filter(({ demand }) => demand === "")).toEqual([]);
  expect(rows.filter(({ status }) => status !== "met" && !themes.includes(status))).toEqual([]);
});

test("every place and every test that is named exists", () => {
  const named = rows.flatMap(({ id, where, proof }) => paths(`${where} ${proof}`).map((path) => ({ id, path })));
  expect(named.filter(({ path }) => !FILES.includes(path))).toEqual([]);
});

test("what is met names its place and a test that holds it; what is open claims no test", () => {
  const met = rows.filter(({ status }) => status === "met");
  expect(met.length).toBeGreaterThan(0);
  expect(met.filter(({ where }) => paths(where).length === 0)).toEqual([]);
  expect(met.filter(({ proof }) => !paths(proof).some((path) => path.endsWith(".test.ts")))).toEqual([]);
  expect(rows.filter(({ status, proof }) => status !== "met" && proof !== "")).toEqual([]);
});

test("a test that is quoted by name has that name", () => {
  const quotes = rows.flatMap(({ id, proof }) => {
    const [path = ""] = paths(proof);
    return [...proof.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => ({ id, path, name }));
  });
  expect(quotes.filter(({ path, name }) => !testText(path).includes(name))).toEqual([]);
});

test("the totals in the opening are the table's", () => {
  const met = rows.filter(({ status }) => status === "met").length;
  expect(document).toContain(`**${met} met, ${rows.length - met} open**`);
});

/** The text of a test file; where its scenarios are shared by platforms, with that of the file that holds them. */
function testText(path: string): string {
  const shared = path.replace(/\.\w+\.test\.ts$/, ".ts");
  return read(path) + (FILES.includes(shared) ? read(shared) : "");
}

function paths(cell: string): readonly string[] {
  const unquoted = cell.replace(/“[^”]*”/g, "");
  return [...unquoted.matchAll(/`([^`]+)`/g)].map(([, path]) => path as string);
}
