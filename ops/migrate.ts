// `groundwork migrate`: the only way in which the schema of an application changes. Numbered SQL files, each with its way back.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type Environment, parseEnvironment, readStackFile } from "../infra/environment";
import { formatProblem } from "../infra/lib/errors";
import { createFile } from "../tools/atomic-file";
import { ROOT } from "../tools/paths";
import { command, printJson, type StackOptions, say, stackCommand } from "./lib/command";
import { confirm } from "./lib/confirm";
import { EXIT, Failure, failure, unable } from "./lib/failure";
import { DATABASE_URL, databaseOf } from "./lib/migrations/database";
import { type Folder, readFolder } from "./lib/migrations/folder";
import { type Plan, planMigrations, type Step, type Target } from "./lib/migrations/plan";
import { unguarded } from "./lib/migrations/row-security";
import { previewMigrations, readApplied, runMigrations } from "./lib/migrations/run";
import { table } from "./lib/tables";

interface MigrateOptions extends StackOptions {
  readonly dir?: string;
  readonly to?: number;
  readonly down?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** Options that both `migrate` and its subcommands have go to `migrate`: hence `optsWithGlobals`. */
export function migrateCommand(): Command {
  return withFolder(
    stackCommand("migrate", "Bring the schema of the stack's application to what its migrations say.", [
      ["migrate -s staging --dry-run", "shows what would run, and its SQL"],
      ["migrate -s staging", "runs what is not applied yet"],
      ["migrate -s staging --down", "takes the last one back; --to N goes back to N"],
      ["migrate status -s staging", "what is applied, and what is not"],
      ["migrate check -s staging", "tables of the API without row-level security"],
      ["migrate new add_notes", "begins a migration and its way back"],
    ]),
  )
    .option("--to <number>", "stop after this migration", number)
    .option("--down", "go back instead: by one, or to the number of --to; 0 takes all back")
    .option("--dry-run", "show what would run, and its SQL; change nothing")
    .option("-y, --yes", "agree to --down without being asked")
    .addHelpText("after", `\nThe database is the stack's own, or that of ${DATABASE_URL}.`)
    .action(migrate)
    .addCommand(
      withFolder(
        stackCommand("status", "List the migrations, and which are applied.", [
          ["migrate status -s prod", "all of them"],
        ]),
      ).action((_options, typed: Command) => status(typed.optsWithGlobals())),
    )
    .addCommand(
      stackCommand("check", "List tables and views that the API shows without row-level security: 0 none, 1 some.", [
        ["migrate check -s prod --json", "for programs"],
      ]).action((_options, typed: Command) => check(typed.optsWithGlobals())),
    )
    .addCommand(
      withFolder(
        command("new", "Begin the next migration and its way back, as two files to fill in.", [
          ["migrate new add_notes", "migrations/0002_add_notes.sql and .down.sql"],
        ]),
      )
        .argument("<name>", "lowercase words, joined by underscores")
        .action((name: string, _options, typed: Command) => begin(name, typed.optsWithGlobals())),
    );
}

function withFolder(each: Command): Command {
  return each.option("--dir <folder>", "where the migrations are; by default what the stack names as migrations");
}

function number(typed: string): number {
  if (!/^\d+$/.test(typed)) throw new InvalidArgumentError("must be the number of a migration, or 0");
  return Number(typed);
}

async function migrate(options: MigrateOptions): Promise<void> {
  const { place, migrations } = await sound(options);
  const target: Target = {
    direction: options.down ? "down" : "up",
    ...(options.to !== undefined && { to: options.to }),
  };
  const database = await databaseOf(options.stack);
  const plan = await previewMigrations({ database, folder: place, migrations, target });
  if (plan.problems.length > 0) throw new Failure(plan.problems, EXIT.unable);
  if (options.dryRun) return preview(plan, options);
  if (options.down && plan.steps.length > 0)
    await confirm(`${lines(plan)}\nWhat these tables and columns hold is lost.`, options.stack, {
      yes: options.yes === true,
    });
  const done = await runMigrations({ database, folder: place, migrations, target, tell: (line) => say(line, options) });
  if (options.json) printJson({ stack: options.stack, done });
  else say(done.length === 0 ? "nothing to do: every migration is applied" : `${done.length} done`, options);
}

function preview({ steps }: Plan, { json, stack }: StackOptions): void {
  const listed = steps.map((step) => ({
    label: step.migration.label,
    direction: step.direction,
    sql: script(step)?.sql ?? "",
  }));
  if (json) printJson({ stack, steps: listed });
  else if (steps.length === 0) say("nothing to do", {});
  else for (const { label, direction, sql } of listed) say(`-- ${label}, ${direction}\n${sql.trimEnd()}\n`, {});
}

async function status(options: MigrateOptions): Promise<void> {
  const { place, migrations } = await sound(options);
  const recorded = await readApplied(await databaseOf(options.stack));
  const { problems } = planMigrations(place, migrations, recorded, { direction: "up" });
  const rows = migrations.map(({ number: own, label, irreversible }) => {
    const found = recorded.find((each) => each.number === own);
    return {
      migration: label,
      state: found?.state ?? "pending",
      at: found?.at ?? "",
      wayBack: irreversible === undefined ? "yes" : `no: ${irreversible}`,
    };
  });
  if (options.json) printJson({ stack: options.stack, migrations: rows, problems });
  else
    say(
      table(
        ["migration", "state", "at", "way back"],
        rows.map((row) => Object.values(row)),
      ),
      {},
    );
  if (problems.length > 0) throw new Failure(problems);
}

async function check({ stack, json }: StackOptions): Promise<void> {
  const { rest } = environmentOf(stack);
  const found = await unguarded(await databaseOf(stack), rest.schemas);
  if (json) printJson({ stack, schemas: rest.schemas, unguarded: found });
  else if (found.length === 0) say(`every table of ${rest.schemas.join(", ")} has row-level security`, {});
  else
    process.stderr.write(
      `${found
        .map(({ name, kind, remedy }) =>
          formatProblem({ path: name, fact: `is a ${kind} of the API without row-level security`, hint: remedy }),
        )
        .join("\n")}\n`,
    );
  if (found.length > 0) process.exitCode = EXIT.failed;
}

async function begin(name: string, options: MigrateOptions): Promise<void> {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name))
    throw failure(
      `migrate new ${name}`,
      "must be lowercase words, joined by underscores",
      "e.g. add_notes",
      EXIT.usage,
    );
  const place = folderOf(options);
  const { migrations } = existsSync(place) ? await read(place) : { migrations: [] };
  const next = String((migrations.at(-1)?.number ?? 0) + 1).padStart(4, "0");
  mkdirSync(place, { recursive: true });
  const files = [`${next}_${name}.sql`, `${next}_${name}.down.sql`].map((file) => join(place, file));
  for (const [i, file] of files.entries())
    if (!createFile(file, i === 0 ? "-- What changes, and why.\n" : "-- Takes it back.\n"))
      throw unable(shown(file), "exists already");
  say(files.map(shown).join("\n"), {});
}

/** The folder's migrations, when nothing is wrong with them. */
async function sound(options: MigrateOptions): Promise<Folder & { readonly place: string }> {
  const place = folderOf(options);
  if (!existsSync(place))
    throw unable(
      shown(place),
      "does not exist",
      "name another folder with --dir, or begin one with ./groundwork migrate new",
    );
  const folder = await read(place);
  if (folder.problems.length > 0) throw new Failure(folder.problems, EXIT.unable);
  return { ...folder, place: shown(place) };
}

function read(place: string): Promise<Folder> {
  const names = readdirSync(place, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  return readFolder(
    shown(place),
    names.map((name) => ({ name, text: name.endsWith(".sql") ? readFileSync(join(place, name), "utf8") : "" })),
  );
}

function folderOf({ dir, stack }: MigrateOptions): string {
  if (dir !== undefined) return resolve(dir);
  return resolve(ROOT, environmentOf(stack).migrations);
}

function environmentOf(stack: string): Environment {
  return parseEnvironment(stack, readStackFile(ROOT, stack));
}

/** A path as one types it. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near || ".";
}

function script({ direction, migration }: Step) {
  return direction === "up" ? migration.up : migration.down;
}

function lines({ steps }: Plan): string {
  return steps.map(({ direction, migration }) => `${direction} ${migration.label}`).join("\n");
}
