// Auth's environment, group by group in the order of its contract. Pure: values in, variables out.
import type { Environment } from "../environment";
import { type Duration, seconds } from "../lib/units";
import { publicUrl } from "./addresses";
import { PASSWORD_ATTEMPT_HOOK } from "./postgres-setup";
import type { SecretName } from "./secrets";
import { secret, type Text } from "./spec";

export type AuthArgs = Environment["auth"] & {
  readonly domain: string;
  /** Port at which the outside reaches Traefik. */
  readonly httpsPort: number;
};

type Variables = Readonly<Record<string, Text>>;

/** Everything but the listening ports and the database: plain variables, and those that hold a secret. */
export function authEnvironment(args: AuthArgs): { readonly environment: Variables; readonly secrets: Variables } {
  const groups = [general, mail, messages, providers, factors, saml, hooks, limits].map((group) => group(args));
  return {
    environment: Object.assign({}, ...groups.map(({ environment }) => environment)),
    secrets: Object.assign({}, ...groups.map(({ secrets = {} }) => secrets)),
  };
}

/** Where the outside reaches Auth. The gateway takes the path away again. */
export function authUrl(args: Pick<AuthArgs, "domain" | "httpsPort">): string {
  return `${publicUrl("api", args)}/auth/v1`;
}

type Group = (args: AuthArgs) => { readonly environment: Variables; readonly secrets?: Variables };

const general: Group = (args) => {
  const { signUp, siteUrl, redirects, tokenLifetime, sessions, passwords, captcha, email, phone, anonymous } = args;
  return {
    environment: {
      GOTRUE_API_HOST: "0.0.0.0",
      API_EXTERNAL_URL: authUrl(args),
      GOTRUE_DB_DRIVER: "postgres",
      GOTRUE_DB_MAX_POOL_SIZE: "10",
      // A failed-over primary is noticed at the next use; a connection that is never renewed would stay with a former one.
      GOTRUE_DB_CONN_MAX_LIFETIME: "30m",
      GOTRUE_DB_CONN_MAX_IDLE_TIME: "5m",
      GOTRUE_SITE_URL: siteUrl ?? publicUrl("app", args),
      GOTRUE_URI_ALLOW_LIST: redirects.join(","),
      GOTRUE_DISABLE_SIGNUP: String(!signUp),
      GOTRUE_EXTERNAL_EMAIL_ENABLED: String(email.enabled),
      GOTRUE_EXTERNAL_PHONE_ENABLED: String(phone.enabled),
      GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: String(anonymous),
      GOTRUE_JWT_ADMIN_ROLES: "service_role",
      GOTRUE_JWT_AUD: "authenticated",
      GOTRUE_JWT_DEFAULT_GROUP_NAME: "authenticated",
      GOTRUE_JWT_EXP: String(seconds(tokenLifetime)),
      GOTRUE_JWT_ISSUER: authUrl(args),
      GOTRUE_SESSIONS_TIMEBOX: span(sessions.lifetime),
      ...(sessions.idle !== undefined && { GOTRUE_SESSIONS_INACTIVITY_TIMEOUT: span(sessions.idle) }),
      GOTRUE_SESSIONS_SINGLE_PER_USER: String(sessions.onePerPerson),
      GOTRUE_SECURITY_REFRESH_TOKEN_ROTATION_ENABLED: "true",
      GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL: String(seconds(sessions.reuseInterval)),
      GOTRUE_PASSWORD_MIN_LENGTH: String(passwords.length),
      GOTRUE_PASSWORD_REQUIRED_CHARACTERS: CHARACTERS[passwords.characters].join(":"),
      GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION: String(passwords.reauthenticate),
      GOTRUE_SECURITY_CAPTCHA_ENABLED: String(captcha !== undefined),
      ...(captcha && { GOTRUE_SECURITY_CAPTCHA_PROVIDER: captcha.provider }),
      // The config directory that hot reload watches does not exist: a changed value is a new container.
      GOTRUE_RELOADING_NOTIFY_ENABLED: "false",
    },
    secrets: captcha ? { GOTRUE_SECURITY_CAPTCHA_SECRET: secret("captcha-secret") } : {},
  };
};

const mail: Group = ({ email, smtp }) => ({
  environment: {
    GOTRUE_MAILER_AUTOCONFIRM: String(!email.confirm),
    GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED: String(email.confirmChange),
    ...Object.fromEntries(
      // Absolute, because Auth resolves them against its own address, whose path they would otherwise replace.
      ["INVITE", "CONFIRMATION", "RECOVERY", "EMAIL_CHANGE"].map((what) => [
        `GOTRUE_MAILER_URLPATHS_${what}`,
        "/auth/v1/verify",
      ]),
    ),
    ...(smtp && {
      GOTRUE_SMTP_HOST: smtp.host,
      GOTRUE_SMTP_PORT: String(smtp.port),
      GOTRUE_SMTP_USER: smtp.user,
      GOTRUE_SMTP_ADMIN_EMAIL: smtp.adminEmail,
      GOTRUE_SMTP_SENDER_NAME: smtp.senderName,
      GOTRUE_SMTP_MAX_FREQUENCY: span(smtp.interval),
    }),
  },
  secrets: smtp ? { GOTRUE_SMTP_PASS: secret("smtp-password") } : {},
});

const messages: Group = ({ phone, sms }) => {
  if (sms === undefined) return { environment: { GOTRUE_SMS_AUTOCONFIRM: String(!phone.confirm) } };
  const account = `GOTRUE_SMS_${sms.provider.toUpperCase()}`;
  return {
    environment: {
      GOTRUE_SMS_AUTOCONFIRM: String(!phone.confirm),
      GOTRUE_SMS_PROVIDER: sms.provider,
      GOTRUE_SMS_OTP_EXP: String(seconds(sms.codeLifetime)),
      GOTRUE_SMS_OTP_LENGTH: String(sms.codeLength),
      GOTRUE_SMS_MAX_FREQUENCY: span(sms.interval),
      GOTRUE_SMS_TEMPLATE: sms.template,
      [`${account}_ACCOUNT_SID`]: sms.accountSid,
      [`${account}_MESSAGE_SERVICE_SID`]: sms.messageServiceSid,
    },
    secrets: { [`${account}_AUTH_TOKEN`]: secret("twilio-auth-token") },
  };
};

const providers: Group = (args) => {
  const entries = Object.entries(args.providers) as [ProviderName, Provider | undefined][];
  const chosen = entries.filter((entry): entry is [ProviderName, Provider] => entry[1] !== undefined);
  return {
    environment: Object.assign(
      {},
      ...chosen.map(([name, provider]) => {
        const prefix = `GOTRUE_EXTERNAL_${name.toUpperCase()}`;
        return {
          [`${prefix}_ENABLED`]: String(provider.enabled),
          [`${prefix}_CLIENT_ID`]: provider.clientId,
          [`${prefix}_REDIRECT_URI`]: provider.redirectUri ?? `${authUrl(args)}/callback`,
          ...("skipNonceCheck" in provider && { [`${prefix}_SKIP_NONCE_CHECK`]: String(provider.skipNonceCheck) }),
          ...(provider.tenantUrl !== undefined && { [`${prefix}_URL`]: provider.tenantUrl }),
        };
      }),
    ),
    // A provider that is switched off keeps its client id, but needs no secret.
    secrets: Object.fromEntries(
      chosen
        .filter(([, { enabled }]) => enabled)
        .map(([name]) => [`GOTRUE_EXTERNAL_${name.toUpperCase()}_SECRET`, secret(CLIENT_SECRETS[name])]),
    ),
  };
};

const factors: Group = ({ factors }) => ({
  environment: {
    GOTRUE_MFA_TOTP_ENROLL_ENABLED: String(factors.totp),
    // Verifying stays on, so that who has such a factor is not locked out when it is no longer offered.
    GOTRUE_MFA_TOTP_VERIFY_ENABLED: "true",
    GOTRUE_MFA_PHONE_ENROLL_ENABLED: String(factors.phone),
    GOTRUE_MFA_PHONE_VERIFY_ENABLED: String(factors.phone),
    GOTRUE_MFA_MAX_ENROLLED_FACTORS: String(factors.most),
  },
});

const saml: Group = ({ saml, limits }) => ({
  environment: {
    GOTRUE_SAML_ENABLED: String(saml.enabled),
    GOTRUE_SAML_ALLOW_ENCRYPTED_ASSERTIONS: String(saml.encryptedAssertions),
    GOTRUE_SAML_RELAY_STATE_VALIDITY_PERIOD: span(saml.relayStateLifetime),
    GOTRUE_SAML_RATE_LIMIT_ASSERTION: String(limits.assertionsPer5Minutes),
    ...(saml.externalUrl !== undefined && { GOTRUE_SAML_EXTERNAL_URL: saml.externalUrl }),
  },
  secrets: saml.enabled ? { GOTRUE_SAML_PRIVATE_KEY: secret("saml-key") } : {},
});

const hooks: Group = ({ hooks, lockout }) => ({
  environment: Object.assign(
    {},
    ...Object.entries({ ...(lockout.enabled && { passwordVerificationAttempt: PASSWORD_ATTEMPT_HOOK }), ...hooks }).map(
      ([name, uri]) => {
        const prefix = `GOTRUE_HOOK_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
        return { [`${prefix}_ENABLED`]: "true", [`${prefix}_URI`]: uri };
      },
    ),
  ),
});

const limits: Group = ({ limits }) => ({
  environment: {
    // Its first address is the client's: Traefik takes away what a client itself writes there.
    GOTRUE_RATE_LIMIT_HEADER: "X-Forwarded-For",
    GOTRUE_RATE_LIMIT_EMAIL_SENT: String(limits.mailsPerHour),
    GOTRUE_RATE_LIMIT_SMS_SENT: String(limits.messagesPerHour),
    GOTRUE_RATE_LIMIT_ANONYMOUS_USERS: String(limits.anonymousPerHour),
    GOTRUE_RATE_LIMIT_TOKEN_REFRESH: String(limits.tokensPer5Minutes),
    GOTRUE_RATE_LIMIT_VERIFY: String(limits.verificationsPer5Minutes),
    GOTRUE_RATE_LIMIT_OTP: String(limits.codesPer5Minutes),
    GOTRUE_RATE_LIMIT_SSO: String(limits.ssoPer5Minutes),
    GOTRUE_MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY: String(limits.factorsPerMinute),
  },
});

type ProviderName = keyof AuthArgs["providers"];
interface Provider {
  readonly enabled: boolean;
  readonly clientId: string;
  readonly redirectUri?: string | undefined;
  readonly skipNonceCheck?: boolean;
  readonly tenantUrl?: string | undefined;
}

const CLIENT_SECRETS: Readonly<Record<ProviderName, SecretName>> = {
  google: "google-client-secret",
  facebook: "facebook-client-secret",
  apple: "apple-client-secret",
  github: "github-client-secret",
  spotify: "spotify-client-secret",
  azure: "azure-client-secret",
};

const LETTERS = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] as const;
const DIGITS = "0123456789";
/** Of each set one character is needed. Colons separate sets, so none stands in one. */
const CHARACTERS: Readonly<Record<AuthArgs["passwords"]["characters"], readonly string[]>> = {
  any: [],
  "letters and digits": [LETTERS.join(""), DIGITS],
  "cases and digits": [...LETTERS, DIGITS],
  "cases, digits and symbols": [...LETTERS, DIGITS, "!@#$%^&*()_+-=[]{};'|<>?,./~"],
};

/** A duration as Go reads it. */
function span(duration: Duration): string {
  return `${seconds(duration)}s`;
}
