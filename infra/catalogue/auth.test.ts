// Auth's spec: what its values become, where its secrets go, and that it reaches out only when it has a reason.
import { expect, test } from "vitest";
import { parseEnvironment } from "../environment";
import { auth } from "./auth";
import { secret } from "./spec";

const smtp = { host: "smtp.example.org", user: "u", senderName: "s", adminEmail: "a@example.org" };
const build = (values: Record<string, unknown> = {}, httpsPort = 443) => {
  const { auth: parsed } = parseEnvironment("test", { platform: "docker", domain: "example.org", auth: values });
  return auth({ ...parsed, domain: "example.org", httpsPort });
};

test("its addresses follow the domain and the published port", () => {
  expect(build().env).toMatchObject({
    API_EXTERNAL_URL: "https://api.example.org/auth/v1",
    GOTRUE_JWT_ISSUER: "https://api.example.org/auth/v1",
    GOTRUE_SITE_URL: "https://app.example.org",
  });
  expect(build({}, 8443).env.API_EXTERNAL_URL).toBe("https://api.example.org:8443/auth/v1");
});

test("tokens live an hour, sessions a day, and every refresh token is used once", () => {
  expect(build().env).toMatchObject({
    GOTRUE_JWT_EXP: "3600",
    GOTRUE_SESSIONS_TIMEBOX: "86400s",
    GOTRUE_SECURITY_REFRESH_TOKEN_ROTATION_ENABLED: "true",
    GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL: "10",
  });
});

test("tokens are signed with the asymmetric key, and the secret verifies older ones", () => {
  const { secretEnv } = build();
  expect([secretEnv.GOTRUE_JWT_KEYS, secretEnv.GOTRUE_JWT_SECRET]).toEqual([secret("jwt-keys"), secret("jwt-secret")]);
});

test("a mail server brings its variables and its password, and without one there are none", () => {
  const { env, secretEnv } = build({ smtp });
  expect(env).toMatchObject({ GOTRUE_SMTP_HOST: "smtp.example.org", GOTRUE_SMTP_PORT: "587" });
  expect(secretEnv.GOTRUE_SMTP_PASS).toEqual(secret("smtp-password"));
  expect(Object.keys({ ...build().env, ...build().secretEnv }).filter((name) => name.includes("SMTP"))).toEqual([]);
});

test("a provider has a switch, an id and a secret; switched off it needs no secret", () => {
  const prefix = "GOTRUE_EXTERNAL_GITHUB";
  const on = build({ providers: { github: { clientId: "c" } } });
  expect(on.env).toMatchObject({
    [`${prefix}_ENABLED`]: "true",
    [`${prefix}_CLIENT_ID`]: "c",
    [`${prefix}_REDIRECT_URI`]: "https://api.example.org/auth/v1/callback",
  });
  expect(on.secretEnv[`${prefix}_SECRET`]).toEqual(secret("github-client-secret"));
  const off = build({ providers: { github: { clientId: "c", enabled: false } } });
  expect([off.env[`${prefix}_ENABLED`], off.secretEnv[`${prefix}_SECRET`]]).toEqual(["false", undefined]);
});

test.each([
  ["nothing outside", {}, ["app", "data"]],
  ["a mail server", { smtp }, ["edge", "app", "data"]],
  ["a provider", { providers: { google: { clientId: "c" } } }, ["edge", "app", "data"]],
  ["a provider that is off", { providers: { google: { clientId: "c", enabled: false } } }, ["app", "data"]],
])("with %s it is on the networks it needs", (_, values, networks) => {
  expect(build(values).networks).toEqual(networks);
});

test("limits are counted per client, whom Traefik names first", () => {
  expect(build().env).toMatchObject({
    GOTRUE_RATE_LIMIT_HEADER: "X-Forwarded-For",
    GOTRUE_RATE_LIMIT_TOKEN_REFRESH: "150",
  });
});

test("every attempt of a password is counted in the database, unless a function of the stack's own does", () => {
  const hook = "GOTRUE_HOOK_PASSWORD_VERIFICATION_ATTEMPT";
  expect(build().env).toMatchObject({
    [`${hook}_ENABLED`]: "true",
    [`${hook}_URI`]: "pg-functions://postgres/limits/password_attempt",
  });
  const own = "pg-functions://postgres/public/attempt";
  const replaced = build({ lockout: { enabled: false }, hooks: { passwordVerificationAttempt: own } });
  expect(replaced.env[`${hook}_URI`]).toBe(own);
  expect(build({ lockout: { enabled: false } }).env).not.toHaveProperty(`${hook}_URI`);
});

test("rules for passwords are sets of characters", () => {
  const characters = (rule: string) =>
    build({ passwords: { characters: rule } }).env.GOTRUE_PASSWORD_REQUIRED_CHARACTERS;
  expect(String(characters("cases and digits")).split(":")).toEqual([
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789",
  ]);
  expect(characters("any")).toBe("");
});
