// random.RandomPassword: characters drawn without bias from the operating system's source, and their bcrypt hash.
import { randomInt } from "node:crypto";
import type { RandomPasswordArgs } from "@pulumi/random";
import { hash } from "bcryptjs";
import type { Failure, InputsOf, ResourceType } from "../resource-type";

type Inputs = InputsOf<RandomPasswordArgs>;

const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";
/** bcrypt's work factor, as the official provider uses it. */
const BCRYPT_COST = 10;
/** bcrypt reads no further. */
const BCRYPT_BYTES = 72;

/** The classes of characters that `inputs` allow, each with the least count wanted of it. */
function classes(inputs: Partial<Inputs>): readonly { readonly characters: string; readonly least: number }[] {
  const { lower = true, upper = true, special = true, numeric = inputs.number ?? true } = inputs;
  return [
    { allowed: special, characters: inputs.overrideSpecial || SPECIAL, least: inputs.minSpecial ?? 0 },
    { allowed: numeric, characters: "0123456789", least: inputs.minNumeric ?? 0 },
    { allowed: lower, characters: "abcdefghijklmnopqrstuvwxyz", least: inputs.minLower ?? 0 },
    { allowed: upper, characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", least: inputs.minUpper ?? 0 },
  ].flatMap(({ allowed, characters, least }) =>
    allowed || least > 0 ? [{ characters: allowed ? characters : "", least }] : [],
  );
}

/** Draws a password; `inputs` have passed the check. */
export function password(inputs: Inputs): string {
  const wanted = classes(inputs);
  const every = wanted.map(({ characters }) => characters).join("");
  const drawn = wanted.flatMap(({ characters, least }) => Array.from({ length: least }, () => draw(characters)));
  while (drawn.length < inputs.length) drawn.push(draw(every));
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [drawn[last], drawn[other]] = [drawn[other] as string, drawn[last] as string];
  }
  return drawn.join("");
}

function draw(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

/** Why no password can be drawn from these inputs. */
export function passwordFailures(inputs: Partial<Inputs>): Failure[] {
  const wanted = classes(inputs);
  const least = wanted.reduce((sum, { least }) => sum + least, 0);
  const failures: Failure[] = [];
  if (inputs.length !== undefined && (!Number.isInteger(inputs.length) || inputs.length < Math.max(1, least)))
    failures.push({
      property: "length",
      reason: `must be a whole number of ${Math.max(1, least)} or more, got ${inputs.length}`,
    });
  if (wanted.every(({ characters }) => characters === ""))
    failures.push({ property: "lower", reason: "at least one of lower, upper, numeric and special must be true" });
  else if (wanted.some(({ characters, least }) => characters === "" && least > 0))
    failures.push({ property: "length", reason: "a minimum is given for characters that are not allowed" });
  return failures;
}

export const randomPassword: ResourceType<Inputs> = {
  required: ["length"],
  optional: [
    "keepers",
    "lower",
    "minLower",
    "minNumeric",
    "minSpecial",
    "minUpper",
    "number",
    "numeric",
    "overrideSpecial",
    "special",
    "upper",
  ],
  defaults: {
    lower: true,
    minLower: 0,
    minNumeric: 0,
    minSpecial: 0,
    minUpper: 0,
    special: true,
    upper: true,
  },
  computed: ["bcryptHash", "number", "numeric", "result"],
  secret: ["bcryptHash", "result"],
  check: passwordFailures,
  async create(inputs) {
    const result = password(inputs);
    const bcryptHash = await hash(Buffer.from(result).subarray(0, BCRYPT_BYTES).toString(), BCRYPT_COST);
    const numeric = inputs.numeric ?? inputs.number ?? true;
    return { id: "none", outputs: { result, bcryptHash, numeric, number: numeric } };
  },
};
