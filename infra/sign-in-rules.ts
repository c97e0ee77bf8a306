// What single values of sign-in cannot say: rules between them, and against where the stack runs.
import type { Environment } from "./environment";
import { type Problem, problemIf } from "./lib/errors";
import { seconds } from "./lib/units";

/** Problems between the values of Auth, each with the path of the value to change. */
export function signInProblems({ auth, protect }: Partial<Pick<Environment, "auth" | "protect">>): readonly Problem[] {
  if (auth === undefined) return [];
  const {
    email,
    phone,
    sms,
    smtp,
    factors,
    signUp,
    anonymous,
    saml,
    providers,
    sessions,
    tokenLifetime,
    hooks,
    lockout,
  } = auth;
  const others = Object.values(providers).some((provider) => provider?.enabled);
  const mails = smtp !== undefined || hooks.sendEmail !== undefined;
  const messages = sms !== undefined || hooks.sendSms !== undefined;
  return [
    ...problemIf(
      phone.enabled && !messages,
      "auth/phone/enabled",
      NEEDS_MESSAGES,
      "state auth/sms, or set it to false",
    ),
    ...problemIf(
      factors.phone && !messages,
      "auth/factors/phone",
      NEEDS_MESSAGES,
      "state auth/sms, or set it to false",
    ),
    ...problemIf(
      signUp && email.enabled && email.confirm && !mails,
      "auth/smtp",
      "is needed where people sign up and confirm an e-mail address",
      "state the mail server, or set auth/signUp to false",
    ),
    ...problemIf(
      !email.confirm && protect === true,
      "auth/email/confirm",
      "must be true where protect is true, got false",
      "anybody could take an account in another's name; only stacks without people's data may do without",
    ),
    ...problemIf(
      !phone.confirm && protect === true,
      "auth/phone/confirm",
      "must be true where protect is true, got false",
      "anybody could take an account in another's name; only stacks without people's data may do without",
    ),
    ...problemIf(
      !email.enabled && !phone.enabled && !anonymous && !saml.enabled && !others,
      "auth",
      "leaves no way to sign in",
      "switch on one of email, phone, anonymous, saml or a provider",
    ),
    ...problemIf(
      lockout.enabled && hooks.passwordVerificationAttempt !== undefined,
      "auth/hooks/passwordVerificationAttempt",
      "takes the place of auth/lockout, which is switched on",
      "set auth/lockout/enabled to false; your function may call limits.password_attempt itself",
    ),
    ...problemIf(
      seconds(sessions.lifetime) < seconds(tokenLifetime),
      "auth/sessions/lifetime",
      `must be ${tokenLifetime} or more, got ${sessions.lifetime}: a token would outlive its session`,
      "shorten auth/tokenLifetime as well",
    ),
  ];
}

const NEEDS_MESSAGES = "must be false where no text message can be sent, got true";
