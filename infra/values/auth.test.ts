// Sign-in values: strict where a stack says nothing, and refused where two of them contradict each other.
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../environment";
import { refusal } from "../testing/refusal";

const valid = { platform: "docker", domain: "example.org", protect: false };
const parse = (auth: unknown, more: Record<string, unknown> = {}) =>
  parseEnvironment("test", { ...valid, ...more, auth });
const refused = (auth: unknown, more: Record<string, unknown> = {}): string =>
  refusal({ ...valid, ...more, auth }).replaceAll("stacks/Pulumi.test.yaml: ", "");

test("defaults let nobody in who was not invited", () => {
  expect(parse({}).auth).toMatchObject({
    signUp: false,
    anonymous: false,
    redirects: [],
    providers: {},
    email: { enabled: true, confirm: true, confirmChange: true },
    phone: { enabled: false, confirm: true },
    saml: { enabled: false },
  });
});

test("a sign-in ends after a day, a token after an hour, and passwords have twelve characters", () => {
  const { sessions, tokenLifetime, passwords } = parse({}).auth;
  expect([sessions.lifetime, tokenLifetime, passwords.length]).toEqual(["24 hours", "1 hours", 12]);
});

const smtp = { host: "smtp.example.org", user: "u", senderName: "s", adminEmail: "a@example.org" };
const sms = { accountSid: "a", messageServiceSid: "m" };

describe("refused", () => {
  test.each([
    ["sign-up by mail without a mail server", { signUp: true }, "auth/smtp: is needed where people sign up"],
    ["sign-in by telephone without messages", { phone: { enabled: true } }, "auth/phone/enabled: must be false"],
    [
      "a second factor by telephone without messages",
      { factors: { phone: true } },
      "auth/factors/phone: must be false",
    ],
    [
      "a session shorter than its token",
      { sessions: { lifetime: "10 minutes" } },
      "auth/sessions/lifetime: must be 1 hours",
    ],
    ["no way to sign in", { email: { enabled: false } }, "auth: leaves no way to sign in"],
    ["a page without TLS", { siteUrl: "http://app.example.org" }, "auth/siteUrl: must begin with https://"],
    ["a wildcard for the host", { redirects: ["https://*.example.org/"] }, "auth/redirects/0: must name the host"],
    ["a redirect without TLS", { redirects: ["http://app.example.org"] }, "auth/redirects/0: must begin with https://"],
    [
      "a hook outside the database",
      { hooks: { sendEmail: "https://example.org" } },
      "auth/hooks/sendEmail: must be pg-functions",
    ],
    [
      "a hook in place of the lockout",
      { hooks: { passwordVerificationAttempt: "pg-functions://postgres/public/attempt" } },
      "auth/hooks/passwordVerificationAttempt: takes the place of auth/lockout",
    ],
    ["a password rule below eight characters", { passwords: { length: 6 } }, "auth/passwords/length"],
  ])("%s", (_, auth, message) => {
    expect(refused(auth)).toContain(message);
  });

  test("unproven addresses where people's data is protected", () => {
    expect(refused({ email: { confirm: false } }, { protect: true })).toContain("auth/email/confirm: must be true");
    expect(refused({ phone: { confirm: false } }, { protect: true })).toContain("auth/phone/confirm: must be true");
    expect(refused({ email: { confirm: false } })).toBe("accepted");
  });
});

test.each([
  ["sign-up with a mail server", { signUp: true, smtp }],
  ["sign-in by telephone with messages", { phone: { enabled: true }, factors: { phone: true }, sms }],
  ["messages sent by a hook", { phone: { enabled: true }, hooks: { sendSms: "pg-functions://postgres/public/send" } }],
  ["a provider alone", { email: { enabled: false }, providers: { github: { clientId: "c" } } }],
  [
    "an application's own scheme and the developer's machine",
    { redirects: ["example://back", "http://localhost:3000/*"] },
  ],
])("accepted: %s", (_, auth) => {
  expect(refused(auth)).toBe("accepted");
});
