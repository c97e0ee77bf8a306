// The functions of a stack as the catalogue takes them: paths and contents, read elsewhere.
import type { Environment } from "../environment";
import { GIVEN_SECRETS } from "../environment";
import { type Problem, problemIf } from "../lib/errors";

/** Source files by path: of the main service below its own folder, of functions as `<function>/<path>`. */
export interface FunctionSources {
  readonly main: Readonly<Record<string, string>>;
  readonly functions: Readonly<Record<string, string>>;
}

/** What does not fit between the values and the sources. */
export function checkFunctions(
  { credentials }: Environment["functions"],
  { functions }: FunctionSources,
): readonly Problem[] {
  const known = [...new Set(Object.keys(functions).map((path) => path.split("/")[0] as string))].sort();
  return [
    ...known.flatMap((name) =>
      problemIf(
        !(`${name}/index.ts` in functions),
        `functions/folder/${name}`,
        "has no index.ts",
        "a function starts there",
      ),
    ),
    ...Object.entries(credentials).flatMap(([name, variables]) => [
      ...problemIf(
        !known.includes(name),
        `functions/credentials/${name}`,
        "is no function of functions/folder",
        known.length > 0 ? `there are ${known.join(", ")}` : "there are none",
      ),
      ...Object.entries(variables).flatMap(([variable, given]) =>
        problemIf(
          !(given in GIVEN_SECRETS),
          `functions/credentials/${name}/${variable}`,
          `names no secret that can be given, got ${JSON.stringify(given)}`,
          `there are ${Object.keys(GIVEN_SECRETS).join(", ")}`,
        ),
      ),
    ]),
  ];
}
