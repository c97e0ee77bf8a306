// The tiers of the test suite, told apart by the names of test files.

/** Every tier, cheapest first. `checks` is formatter, linter and compiler; the others are test files. */
export const TIERS = ["checks", "unit", "golden", "program", "engine", "docker", "kubernetes"] as const;
export type Tier = (typeof TIERS)[number];
export type FileTier = Exclude<Tier, "checks">;

/** Tiers that need nothing but Node and run together. */
export const FAST: readonly FileTier[] = ["unit", "golden", "program"];

const MARKED: readonly FileTier[] = ["golden", "program", "engine", "docker", "kubernetes"];
const FOLDERS = "{bench,dashboards,examples,infra,ops,tools}";

/** Which files belong to a tier: `x.docker.test.ts`, or `x.test.ts` for unit tests. */
export function filesOf(tier: FileTier): { readonly include: string[]; readonly exclude: string[] } {
  if (tier !== "unit") return { include: [`${FOLDERS}/**/*.${tier}.test.ts`], exclude: [] };
  return { include: [`${FOLDERS}/**/*.test.ts`], exclude: [`**/*.{${MARKED.join(",")}}.test.ts`] };
}
