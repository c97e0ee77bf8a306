// From the schema of a stack's values to the JSON Schema of a whole stack file, so that editors complete and check it.
import { z } from "zod";
import { NAMESPACE, stackValues } from "./environment";

type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of `stacks/Pulumi.<stack>.yaml`: our values under `config`, and beside it what Pulumi itself keeps there. */
export function stackFileSchema(): JsonSchema {
  // Draft 7 is what editors' YAML support reads in full; "input" is what a person writes, before defaults are filled in.
  const values = z.toJSONSchema(stackValues, { io: "input", target: "draft-7" });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Values of a Groundwork stack",
    type: "object",
    required: ["config"],
    additionalProperties: false,
    properties: {
      config: {
        type: "object",
        required: (values.required ?? []).map((key) => NAMESPACE + key),
        properties: Object.fromEntries(
          Object.entries(values.properties ?? {}).map(([key, schema]) => [NAMESPACE + key, schema]),
        ),
        // Other namespaces belong to providers and to Pulumi; a key without one is a mistake.
        patternProperties: { [`^(?!${NAMESPACE})[^:]+:.+$`]: true },
        additionalProperties: false,
      },
      secretsprovider: { type: "string", description: "what encrypts secrets: passphrase, or the URL of a KMS key" },
      encryptionsalt: { type: "string", description: "written by Pulumi: the salt of the passphrase" },
      encryptedkey: { type: "string", description: "written by Pulumi: the data key, encrypted by the KMS key" },
    },
  };
}

/** The schema as the committed file holds it. */
export function stackFileSchemaText(): string {
  return `${JSON.stringify(stackFileSchema(), null, 2)}\n`;
}
