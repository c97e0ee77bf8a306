// The secrets that only a person can give: credentials of services that others run. Their values stand encrypted in the stack
// file; here, as everywhere outside of Pulumi's state, is only which of them are set.
import { z } from "zod";

/** What is known of such a secret before anybody gives it. */
export interface GivenSecret {
  readonly purpose: string;
  /** Characters; a shorter value was cut off. */
  readonly length: number;
  /** @default - anything */
  readonly begins?: string;
}

/** Each with its purpose, the fewest characters that its owner makes it of, and what all of them begin with, where they do. */
const table = {
  "smtp-password": { purpose: "password at the mail server", length: 8 },
  "google-client-secret": { purpose: "OAuth client secret at Google", length: 16 },
  "facebook-client-secret": { purpose: "OAuth client secret at Facebook", length: 16 },
  "apple-client-secret": { purpose: "OAuth client secret at Apple, a token of six months at most", length: 64 },
  "github-client-secret": { purpose: "OAuth client secret at GitHub", length: 16 },
  "spotify-client-secret": { purpose: "OAuth client secret at Spotify", length: 16 },
  "azure-client-secret": { purpose: "OAuth client secret at Microsoft", length: 16 },
  "twilio-auth-token": { purpose: "token for text messages through Twilio", length: 16 },
  "captcha-secret": { purpose: "secret of hCaptcha or Turnstile", length: 16 },
  "storage-s3-secret": { purpose: "secret key of the S3 that keeps Storage's files instead of MinIO", length: 16 },
  "openai-key": { purpose: "API key of OpenAI, for Studio's assistant and for functions", length: 20, begins: "sk-" },
  "push-key": { purpose: "API key of the service that sends push notifications, for functions", length: 16 },
  "slack-webhook": { purpose: "URL of the Slack channel that receives alerts", length: 40, begins: "https://" },
  "pagerduty-key": { purpose: "integration key of PagerDuty's Events API v2", length: 32 },
} as const satisfies Record<string, GivenSecret>;

export type GivenSecretName = keyof typeof table;
export const GIVEN_SECRETS: Readonly<Record<GivenSecretName, GivenSecret>> = table;

/** The key of the stack file below which they stand. */
export const GIVEN_KEY = "secrets";

const given = z
  .strictObject(
    { secure: z.string().meta({ description: "the encrypted value" }) },
    { error: "must be encrypted: clear values have no place in a stack file" },
  )
  .transform(() => true as const)
  .optional();

/** Encrypted values by name. Parsed, a name's value is `true`: nothing that reads stack values can show what was given. */
export const givenValues = {
  [GIVEN_KEY]: z
    .strictObject(
      Object.fromEntries(
        Object.entries(GIVEN_SECRETS).map(([name, { purpose }]) => [
          name,
          given.meta({ description: `${purpose}; written by ./groundwork secret set ${name}` }),
        ]),
      ) as Record<GivenSecretName, typeof given>,
    )
    .prefault({})
    .meta({
      description: "what only a person can give, encrypted; written by ./groundwork secret set NAME",
      examples: [{ "smtp-password": { secure: "v1:…" } }],
      // The standard's word for what is never shown; errors keep to it.
      writeOnly: true,
    }),
} as const;
