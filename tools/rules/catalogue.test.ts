// What the catalogue promises its readers: defaults that are written down, no address by hand, an artefact for every service.
import { expect, test } from "vitest";
import { BUILT_IMAGES, IMAGES } from "../../infra/catalogue/images";
import { SERVICE_NAMES, type ServiceName } from "../../infra/catalogue/spec";
import { FILES, read, typescript } from "./tree";

const CATALOGUE = typescript({ tests: false }).filter((path) => path.startsWith("infra/catalogue/"));

test("every optional argument of a builder states its default", () => {
  expect(CATALOGUE.flatMap((path) => withoutDefault(read(path)).map((name) => `${path}: ${name}`))).toEqual([]);
});

test("the search for defaults finds what lacks one", () => {
  const source = `export interface XArgs {
  /** Copies. @default 1 */
  readonly copies?: number;
  /** Size. */
  readonly size?: string;
  bare?: { readonly inner?: string };
  /** Needed. */
  readonly name: string;
}
interface Other { readonly free?: string }`;
  expect(withoutDefault(source)).toEqual(["size", "bare"]);
});

test("every image has a Dockerfile, and every Dockerfile is an image", () => {
  const built = FILES.flatMap((path) => /^images\/([^/]+)\/Dockerfile$/.exec(path)?.[1] ?? []);
  expect(built).toEqual(Object.keys(BUILT_IMAGES).sort());
});

test("an image takes no value of a stack: all that varies in it is its base", () => {
  const taken = Object.keys(BUILT_IMAGES).flatMap((name) =>
    [...dockerfile(name).matchAll(/^ARG (\w+)/gm)].map(([, arg]) => arg),
  );
  expect(new Set(taken)).toEqual(new Set(["BASE"]));
});

test("every image runs as a user of its own: process limits count per user", () => {
  const uids = Object.values(IMAGES).map(({ uid }) => uid);
  expect(uids).toEqual([...new Set(uids)]);
  const wrong = Object.entries(BUILT_IMAGES).filter(([name, { uid }]) => !dockerfile(name).includes(`\nUSER ${uid}`));
  expect(wrong.map(([name, { uid }]) => `images/${name}/Dockerfile: has no line USER ${uid}:${uid}`)).toEqual([]);
});

/** Services that one platform alone runs; ARCHITECTURE.md, Support, says why. */
const ONLY_ON: Readonly<Partial<Record<ServiceName, string>>> = {
  etcd: "docker",
  haproxy: "docker",
  "redis-sentinel": "kubernetes",
  "redis-proxy": "kubernetes",
};

test("every service has an artefact on every platform", () => {
  const platforms = new Set(FILES.flatMap((path) => /^infra\/platforms\/([^/]+)\/golden\//.exec(path)?.[1] ?? []));
  expect(platforms).toContain("docker");
  const missing = [...platforms].flatMap((platform) =>
    SERVICE_NAMES.filter((name) => (ONLY_ON[name] ?? platform) === platform)
      .filter((name) => !FILES.some((path) => isGolden(path, platform, name)))
      .map((name) => `${name}: has no golden file on ${platform}; list it in catalogue.ts, then npm run golden`),
  );
  expect(missing).toEqual([]);
});

test("no port is written where a reference belongs", () => {
  const sources = typescript({ tests: false }).filter(usesReferences);
  const ports = new Set(
    sources.flatMap((path) => [...portTables(read(path)).matchAll(/\b\d{4,5}\b/g)].map(([port]) => port)),
  );
  expect(ports.size).toBeGreaterThan(5);
  const literal = new RegExp(`\\b(${[...ports].join("|")})\\b`);
  expect(sources.flatMap((path) => linesOf(withoutPortTables(read(path)), literal, path))).toEqual([]);
});

test("no host name is written where a reference belongs", () => {
  // A service's name followed by a port, or after a scheme or an at-sign, is an address made by hand.
  const names = SERVICE_NAMES.join("|");
  const literal = new RegExp(`(//|@)(${names})\\b|\\b(${names})(-\\d)?:\\d`);
  expect(
    typescript({ tests: false })
      .filter(usesReferences)
      // Its tags look like addresses: `supabase/studio:2026…`.
      .filter((path) => path !== "infra/catalogue/images.ts")
      .flatMap((path) => linesOf(read(path), literal, path)),
  ).toEqual([]);
});

/** Everything but platforms, which make addresses, and stack values, which hold the host's ports. */
function usesReferences(path: string): boolean {
  return /^(infra|ops)\//.test(path) && !/^infra\/(platforms\/|values\/|environment|stack-)/.test(path);
}

const PORT_TABLE = /\b(ports|[A-Z_]*PORTS)\b\s*[:=]\s*\{[^}]*\}/g;

function portTables(source: string): string {
  return [...source.matchAll(PORT_TABLE)].map(([table]) => table).join("\n");
}

function withoutPortTables(source: string): string {
  return source.replace(PORT_TABLE, (table) => table.replace(/[^\n]/g, ""));
}

function linesOf(source: string, pattern: RegExp, path: string): readonly string[] {
  const code = (line: string) => line.replace(/\/\/ .*|^\s*\/?\*.*/, "");
  return source
    .split("\n")
    .flatMap((line, i) => (pattern.test(code(line)) ? [`${path}:${i + 1}: ${line.trim()}`] : []));
}

/** Optional members, one level deep, of interfaces called …Args whose comment lacks `@default`. */
function withoutDefault(source: string): readonly string[] {
  return [...source.matchAll(/interface \w*Args\b[^{]*\{\n(.*?)\n\}/gs)].flatMap(([, body = ""]) =>
    [...body.matchAll(/(\/\*\*(?:(?!\*\/).)*\*\/\s*)?^ {2}(?:readonly )?(\w+)\?:/gms)].flatMap(
      ([, comment = "", name = ""]) => (comment.includes("@default") ? [] : [name]),
    ),
  );
}

function dockerfile(image: string): string {
  const path = `images/${image}/Dockerfile`;
  return FILES.includes(path) ? read(path) : "";
}

function isGolden(path: string, platform: string, name: string): boolean {
  return path.startsWith(`infra/platforms/${platform}/golden/`) && new RegExp(`(^|/)${name}\\.\\w+$`).test(path);
}
