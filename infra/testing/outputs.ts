// What a stack that is up exports, secrets in clear.
import { pulumi } from "../../ops/lib/pulumi";

/** The outputs of a stack that scenarios read. */
export interface Outputs {
  readonly secrets: Readonly<Record<string, string>>;
  readonly authority: string;
}

/** Reads the outputs of a stack that is up. */
export async function stackOutputs(stack: string): Promise<Outputs> {
  return JSON.parse(await pulumi(stack, ["stack", "output", "--show-secrets", "--json"]));
}

/** Secrets and authority of a stack, read once, when the first is asked for. */
export function outputsOf(stack: string): {
  readonly secret: (name: string) => Promise<string>;
  readonly authority: () => Promise<string>;
} {
  let outputs: Promise<Outputs> | undefined;
  const known = () => {
    outputs ??= stackOutputs(stack);
    return outputs;
  };
  return {
    secret: async (name) => {
      const value = (await known()).secrets[name];
      if (value === undefined) throw new Error(`${name} is not a secret of ${stack}`);
      return value;
    },
    authority: async () => (await known()).authority,
  };
}
