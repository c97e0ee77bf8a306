// A stack that needs a secret which nobody gave is refused, with the command that sets it.
import { expect, test } from "vitest";
import { checkGivenSecrets } from "./given-secrets";
import { secret, service, text } from "./spec";

const auth = service("traefik", {
  purpose: "sends mail",
  shape: "stateless",
  image: "traefik",
  networks: ["app"],
  resources: { cpu: 1, memory: "64 MiB", processes: 10 },
  files: { env: text`PASSWORD=${secret("smtp-password")} ${secret("smtp-password")} ${secret("redis")}` },
  secretEnv: { OPENAI_API_KEY: secret("openai-key") },
});

test("what is needed and not set is named once for each service, with the command to set it", () => {
  expect(checkGivenSecrets([auth], { stack: "prod", given: ["openai-key"] })).toEqual([
    {
      path: "traefik → smtp-password",
      fact: "the secret is not set: password at the mail server",
      hint: "./groundwork secret set smtp-password -s prod",
    },
  ]);
});

test("what is set, or drawn by the stack itself, is no problem", () => {
  expect(checkGivenSecrets([auth], { stack: "prod", given: ["openai-key", "smtp-password"] })).toEqual([]);
});
