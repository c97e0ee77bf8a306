// The values of one stack: their schema, their defaults, and the rules between them.
import { z } from "zod";
import { crossProblems } from "./environment-rules";
import { refuse } from "./lib/errors";
import { schemaProblems } from "./lib/schema-problems";
import { stackFile } from "./stack-file";
import { authValues } from "./values/auth";
import { dataValues } from "./values/data";
import { edgeValues } from "./values/edge";
import { GIVEN_KEY, type GivenSecretName, givenValues } from "./values/given-secrets";
import { kubernetesValues } from "./values/kubernetes";
import { monitoringValues } from "./values/monitoring";
import { placeValues } from "./values/place";
import { serviceValues } from "./values/services";

export { configValues, NAMESPACE, readStackFile } from "./stack-file";
export { GIVEN_KEY, GIVEN_SECRETS, type GivenSecretName } from "./values/given-secrets";

/** The schema of a stack's values. Every key has a default except `platform` and `domain`. */
export const stackValues = z.strictObject({
  ...placeValues,
  ...dataValues,
  ...authValues,
  ...serviceValues,
  ...edgeValues,
  ...kubernetesValues,
  ...monitoringValues,
  ...givenValues,
});

/** One stack's complete, checked values. */
export type Environment = Readonly<Omit<z.output<typeof stackValues>, typeof GIVEN_KEY>> & {
  readonly stack: string;
  /** The secrets that a person has set: their names, never their values. */
  readonly given: readonly GivenSecretName[];
};

/** Checks `values` and fills in defaults; throws `InvalidInput` with every problem, each with its path in the stack file. */
export function parseEnvironment(stack: string, values: Readonly<Record<string, unknown>>): Environment {
  const where = stackFile(stack);
  refuse([
    ...schemaProblems(where, stackValues, values),
    ...crossProblems(validSections(values), values).map((problem) => ({
      ...problem,
      path: `${where}: ${problem.path}`,
    })),
  ]);
  const { [GIVEN_KEY]: given, ...rest } = stackValues.parse(values);
  return { ...rest, stack, given: Object.keys(given) as GivenSecretName[] };
}

/** The sections that are valid in themselves, so that rules between values can speak before every section is right. */
function validSections(values: Readonly<Record<string, unknown>>): Partial<z.output<typeof stackValues>> {
  return Object.fromEntries(
    Object.entries(stackValues.shape).flatMap(([key, schema]) => {
      const result = schema.safeParse(values[key]);
      return result.success ? [[key, result.data]] : [];
    }),
  );
}
