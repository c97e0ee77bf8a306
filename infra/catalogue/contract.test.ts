// The contract of Supabase's self-hosted v0.8.1: every variable that its services take is rendered, or declined with a reason. Long
// because the names are copied here as they are, group by group, to be compared with the next version's.
import { describe, expect, test } from "vitest";
import { GIVEN_KEY, parseEnvironment } from "../environment";
import { plan } from "../plan";
import { docker } from "../platforms/docker/docker";
import { ALL_GIVEN } from "../testing/stack-context";
import { BUILT_IMAGES, type BuiltImageName } from "./images";
import type { ServiceName } from "./spec";

interface Contract {
  readonly taken: string;
  /** Variables that no stack gets, each with the reason. */
  readonly declined: Readonly<Record<string, string>>;
}

const OVERLAY = "belongs to a container that this platform has no use for";
const HTTP_HOOK =
  "hooks are functions of the database, which Auth reaches already; an HTTP hook would need a secret each";

const CONTRACTS: Partial<Record<ServiceName, Contract>> = {
  studio: {
    taken: `HOSTNAME STUDIO_PG_META_URL PG_META_CRYPTO_KEY POSTGRES_HOST POSTGRES_PORT POSTGRES_DB POSTGRES_PASSWORD
      POSTGRES_USER_READ_WRITE PGRST_DB_SCHEMAS PGRST_DB_MAX_ROWS PGRST_DB_EXTRA_SEARCH_PATH DEFAULT_ORGANIZATION_NAME
      DEFAULT_PROJECT_NAME OPENAI_API_KEY SUPABASE_URL SUPABASE_PUBLIC_URL SUPABASE_ANON_KEY SUPABASE_SERVICE_KEY AUTH_JWT_SECRET
      SUPABASE_PUBLISHABLE_KEY SUPABASE_SECRET_KEY ENABLED_FEATURES_LOGS_ALL SNIPPETS_MANAGEMENT_FOLDER
      EDGE_FUNCTIONS_MANAGEMENT_FOLDER POSTGRES_USER_READ_ONLY`,
    declined: {
      LOGFLARE_PRIVATE_ACCESS_TOKEN: `Loki takes Logflare's place: ${OVERLAY}`,
      LOGFLARE_URL: `Loki takes Logflare's place: ${OVERLAY}`,
      ...Object.fromEntries(
        ["AUTH", "REST", "REALTIME", "STORAGE", "FUNCTIONS", "META", "POOLER", "API_GATEWAY"].map((name) => [
          `SERVICE_HEALTH_${name}_URL`,
          "known from a fork alone; health is asked by probes and shown by status and Grafana",
        ]),
      ),
      SERVICE_HEALTH_TIMEOUT_MS: "known from a fork alone",
    },
  },
  auth: {
    taken: `GOTRUE_API_HOST GOTRUE_API_PORT API_EXTERNAL_URL GOTRUE_DB_DRIVER GOTRUE_DB_DATABASE_URL
      GOTRUE_SITE_URL GOTRUE_URI_ALLOW_LIST GOTRUE_DISABLE_SIGNUP GOTRUE_JWT_ADMIN_ROLES GOTRUE_JWT_AUD
      GOTRUE_JWT_DEFAULT_GROUP_NAME GOTRUE_JWT_EXP GOTRUE_JWT_SECRET GOTRUE_JWT_KEYS GOTRUE_JWT_ISSUER
      GOTRUE_EXTERNAL_EMAIL_ENABLED GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED GOTRUE_MAILER_AUTOCONFIRM
      GOTRUE_SMTP_ADMIN_EMAIL GOTRUE_SMTP_HOST GOTRUE_SMTP_PORT GOTRUE_SMTP_USER GOTRUE_SMTP_PASS GOTRUE_SMTP_SENDER_NAME
      GOTRUE_MAILER_URLPATHS_INVITE GOTRUE_MAILER_URLPATHS_CONFIRMATION GOTRUE_MAILER_URLPATHS_RECOVERY
      GOTRUE_MAILER_URLPATHS_EMAIL_CHANGE GOTRUE_EXTERNAL_PHONE_ENABLED GOTRUE_SMS_AUTOCONFIRM
      GOTRUE_EXTERNAL_GOOGLE_ENABLED GOTRUE_EXTERNAL_GOOGLE_CLIENT_ID GOTRUE_EXTERNAL_GOOGLE_SECRET
      GOTRUE_EXTERNAL_GOOGLE_REDIRECT_URI GOTRUE_EXTERNAL_GOOGLE_SKIP_NONCE_CHECK
      GOTRUE_EXTERNAL_GITHUB_ENABLED GOTRUE_EXTERNAL_GITHUB_CLIENT_ID GOTRUE_EXTERNAL_GITHUB_SECRET
      GOTRUE_EXTERNAL_GITHUB_REDIRECT_URI GOTRUE_EXTERNAL_AZURE_ENABLED GOTRUE_EXTERNAL_AZURE_CLIENT_ID
      GOTRUE_EXTERNAL_AZURE_SECRET GOTRUE_EXTERNAL_AZURE_REDIRECT_URI
      GOTRUE_EXTERNAL_FACEBOOK_ENABLED GOTRUE_EXTERNAL_FACEBOOK_CLIENT_ID GOTRUE_EXTERNAL_FACEBOOK_SECRET
      GOTRUE_EXTERNAL_FACEBOOK_REDIRECT_URI GOTRUE_EXTERNAL_APPLE_ENABLED GOTRUE_EXTERNAL_APPLE_CLIENT_ID
      GOTRUE_EXTERNAL_APPLE_SECRET GOTRUE_EXTERNAL_APPLE_REDIRECT_URI GOTRUE_EXTERNAL_SPOTIFY_ENABLED
      GOTRUE_EXTERNAL_SPOTIFY_CLIENT_ID GOTRUE_EXTERNAL_SPOTIFY_SECRET GOTRUE_EXTERNAL_SPOTIFY_REDIRECT_URI
      GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED GOTRUE_SMTP_MAX_FREQUENCY
      GOTRUE_SMS_PROVIDER GOTRUE_SMS_OTP_EXP GOTRUE_SMS_OTP_LENGTH GOTRUE_SMS_MAX_FREQUENCY GOTRUE_SMS_TEMPLATE
      GOTRUE_SMS_TWILIO_ACCOUNT_SID GOTRUE_SMS_TWILIO_AUTH_TOKEN GOTRUE_SMS_TWILIO_MESSAGE_SERVICE_SID
      GOTRUE_MFA_TOTP_ENROLL_ENABLED GOTRUE_MFA_TOTP_VERIFY_ENABLED GOTRUE_MFA_PHONE_ENROLL_ENABLED
      GOTRUE_MFA_PHONE_VERIFY_ENABLED GOTRUE_MFA_MAX_ENROLLED_FACTORS
      GOTRUE_SAML_ENABLED GOTRUE_SAML_PRIVATE_KEY GOTRUE_SAML_ALLOW_ENCRYPTED_ASSERTIONS
      GOTRUE_SAML_RELAY_STATE_VALIDITY_PERIOD GOTRUE_SAML_RATE_LIMIT_ASSERTION GOTRUE_SAML_EXTERNAL_URL
      GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_ENABLED GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_URI
      GOTRUE_HOOK_MFA_VERIFICATION_ATTEMPT_ENABLED GOTRUE_HOOK_MFA_VERIFICATION_ATTEMPT_URI
      GOTRUE_HOOK_PASSWORD_VERIFICATION_ATTEMPT_ENABLED GOTRUE_HOOK_PASSWORD_VERIFICATION_ATTEMPT_URI
      GOTRUE_HOOK_SEND_SMS_ENABLED GOTRUE_HOOK_SEND_SMS_URI GOTRUE_HOOK_SEND_EMAIL_ENABLED GOTRUE_HOOK_SEND_EMAIL_URI
      GOTRUE_METRICS_ENABLED GOTRUE_METRICS_EXPORTER OTEL_EXPORTER_PROMETHEUS_HOST OTEL_EXPORTER_PROMETHEUS_PORT
      GOTRUE_DB_MAX_POOL_SIZE GOTRUE_DB_CONN_MAX_LIFETIME GOTRUE_DB_CONN_MAX_IDLE_TIME
      GOTRUE_RATE_LIMIT_HEADER GOTRUE_RATE_LIMIT_EMAIL_SENT GOTRUE_RATE_LIMIT_SMS_SENT GOTRUE_RATE_LIMIT_VERIFY
      GOTRUE_RATE_LIMIT_TOKEN_REFRESH GOTRUE_RATE_LIMIT_OTP GOTRUE_RATE_LIMIT_ANONYMOUS_USERS GOTRUE_RATE_LIMIT_SSO
      GOTRUE_SESSIONS_TIMEBOX GOTRUE_SESSIONS_INACTIVITY_TIMEOUT GOTRUE_SESSIONS_SINGLE_PER_USER
      GOTRUE_RELOADING_NOTIFY_ENABLED`,
    declined: {
      GOTRUE_EXTERNAL_SKIP_NONCE_CHECK: "read nowhere at v2.196.0: the switch belongs to each provider",
      GOTRUE_SMS_TEST_OTP: "a code that everybody knows",
      GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_SECRETS: HTTP_HOOK,
      GOTRUE_HOOK_MFA_VERIFICATION_ATTEMPT_SECRETS: HTTP_HOOK,
      GOTRUE_HOOK_PASSWORD_VERIFICATION_ATTEMPT_SECRETS: HTTP_HOOK,
      GOTRUE_HOOK_SEND_SMS_SECRETS: HTTP_HOOK,
      GOTRUE_HOOK_SEND_EMAIL_SECRETS: HTTP_HOOK,
      GOTRUE_RELOADING_POLLER_ENABLED: "a changed value is a new container",
      GOTRUE_RELOADING_SIGNAL_ENABLED: "a changed value is a new container",
      GOTRUE_SESSIONS_ALLOW_LOW_AAL: "a session without its second factor would live on",
      GOTRUE_SESSIONS_TAGS: "sessions of one application need none",
    },
  },
  rest: {
    taken: `PGRST_DB_URI PGRST_DB_SCHEMAS PGRST_DB_MAX_ROWS PGRST_DB_EXTRA_SEARCH_PATH PGRST_DB_ANON_ROLE
      PGRST_ADMIN_SERVER_PORT PGRST_ADMIN_SERVER_HOST PGRST_JWT_SECRET PGRST_APP_SETTINGS_JWT_EXP`,
    declined: {
      PGRST_DB_USE_LEGACY_GUCS: "read nowhere at v14.17: gone since v12",
      PGRST_APP_SETTINGS_JWT_SECRET:
        "every query could read the key that signs tokens; the image takes it from a variable alone",
    },
  },
  realtime: {
    taken: `PORT DB_HOST DB_PORT DB_NAME DB_USER DB_PASSWORD DB_AFTER_CONNECT_QUERY DB_ENC_KEY API_JWT_SECRET API_JWT_JWKS
      SECRET_KEY_BASE METRICS_JWT_SECRET ERL_AFLAGS DNS_NODES RLIMIT_NOFILE APP_NAME SEED_SELF_HOST RUN_JANITOR
      DISABLE_HEALTHCHECK_LOGGING SELF_HOST_TENANT_NAME MAX_CONNECTIONS TENANT_MAX_BYTES_PER_SECOND
      TENANT_MAX_CHANNELS_PER_CLIENT TENANT_MAX_CONCURRENT_USERS TENANT_MAX_EVENTS_PER_SECOND TENANT_MAX_JOINS_PER_SECOND
      CLUSTER_STRATEGIES GEN_RPC_TCP_SERVER_PORT`,
    declined: {
      DB_ENC_KEY_GCM:
        "tenants are written anew at every start, so the older form stays readable; one key to look after",
      DB_ENC_WRITE_GCM: "see DB_ENC_KEY_GCM",
      API_JWT_SECRET_NEXT: "for the time of a rotation alone, by the operation that rotates",
      SLOT_NAME_SUFFIX: "slots are temporary, and one platform uses the database",
      DB_REPLICA_HOST: "changes are read from the primary's log",
      DB_REPLICA_POOL_SIZE: "see DB_REPLICA_HOST",
      ...Object.fromEntries(
        ["ENABLED", "URL", "USER", "AUTH", "INTERVAL_MS"].map((name) => [
          `METRICS_PUSHER_${name}`,
          "Prometheus comes and asks",
        ]),
      ),
      DASHBOARD_AUTH: "the gateway has no route to /admin, and Realtime draws a password that nobody knows",
      DASHBOARD_USER: "see DASHBOARD_AUTH",
      DASHBOARD_PASSWORD: "see DASHBOARD_AUTH",
    },
  },
  storage: {
    taken: `ANON_KEY SERVICE_KEY AUTH_JWT_SECRET JWT_JWKS DATABASE_URL STORAGE_PUBLIC_URL REQUEST_ALLOW_X_FORWARDED_PATH
      STORAGE_BACKEND AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY TENANT_ID IMGPROXY_URL
      S3_PROTOCOL_ACCESS_KEY_ID S3_PROTOCOL_ACCESS_KEY_SECRET DATABASE_POOL_URL DATABASE_MAX_CONNECTIONS
      RATE_LIMITER_ENABLED RATE_LIMITER_DRIVER RATE_LIMITER_REDIS_URL PROMETHEUS_METRICS_ENABLED
      STORAGE_S3_PRIVATE_ASSET_ENDPOINT STORAGE_S3_REQUEST_CHECKSUM_CALCULATION STORAGE_S3_RESPONSE_CHECKSUM_VALIDATION
      TUS_URL_PATH S3_PROTOCOL_PREFIX STORAGE_S3_BUCKET STORAGE_S3_ENDPOINT STORAGE_S3_FORCE_PATH_STYLE STORAGE_S3_REGION
      UPLOAD_FILE_SIZE_LIMIT IMAGE_TRANSFORMATION_ENABLED SERVER_PORT SERVER_REGION`,
    declined: {
      GLOBAL_S3_BUCKET: "older name of STORAGE_S3_BUCKET",
      GLOBAL_S3_ENDPOINT: "older name of STORAGE_S3_ENDPOINT",
      GLOBAL_S3_FORCE_PATH_STYLE: "older name of STORAGE_S3_FORCE_PATH_STYLE",
      GLOBAL_S3_PROTOCOL: "read nowhere",
      POSTGREST_URL: "read nowhere",
      FILE_SIZE_LIMIT: "older name of UPLOAD_FILE_SIZE_LIMIT",
      ENABLE_IMAGE_TRANSFORMATION: "older name of IMAGE_TRANSFORMATION_ENABLED",
      REGION: "older name of STORAGE_S3_REGION and SERVER_REGION",
      FILE_STORAGE_BACKEND_PATH: "files lie in the object store",
      STORAGE_FILE_BACKEND_PATH: "files lie in the object store",
      STORAGE_S3_MAX_SOCKETS: "the default of 200 is more than one copy uses",
      PG_QUEUE_ENABLE: "its queue wants to create schemas of its own; upstream leaves it off, too",
      SERVER_ADMIN_PORT: "the administration server runs for several tenants alone",
      SERVER_ADMIN_API_KEYS: "the administration server runs for several tenants alone",
    },
  },
  imgproxy: {
    taken: "IMGPROXY_BIND IMGPROXY_USE_ETAG IMGPROXY_AUTO_WEBP IMGPROXY_MAX_SRC_RESOLUTION IMGPROXY_PROMETHEUS_BIND",
    declined: {
      IMGPROXY_LOCAL_FILESYSTEM_ROOT: "pictures come from the object store; the container's own files are nobody's",
    },
  },
  functions: {
    taken: `JWT_SECRET SUPABASE_JWKS SUPABASE_URL SUPABASE_PUBLIC_URL SUPABASE_ANON_KEY SUPABASE_SERVICE_ROLE_KEY
      SUPABASE_PUBLISHABLE_KEYS SUPABASE_SECRET_KEYS SUPABASE_DB_URL VERIFY_JWT`,
    declined: { OTEL_EXPORTER_OTLP_ENDPOINT: "nothing here stores traces" },
  },
};

/** Everything switched on, so that whatever can be rendered is. */
const company = { clientId: "platform" };
const values = {
  platform: "docker",
  domain: "example.org",
  images: "registry",
  registry: "registry.example.org/groundwork",
  auth: {
    signUp: true,
    phone: { enabled: true },
    smtp: { host: "smtp.example.org", user: "u", senderName: "s", adminEmail: "a@example.org" },
    sms: { accountSid: "a", messageServiceSid: "m" },
    providers: {
      google: company,
      facebook: company,
      apple: company,
      github: company,
      spotify: company,
      azure: company,
    },
    captcha: { provider: "turnstile" },
    factors: { phone: true },
    saml: { enabled: true, externalUrl: "https://api.example.org/auth/v1" },
    sessions: { idle: "1 hours" },
    hooks: Object.fromEntries(
      ["customAccessToken", "mfaVerificationAttempt", "sendSms", "sendEmail"].map((name) => [
        name,
        "pg-functions://postgres/public/hook",
      ]),
    ),
  },
  studio: { assistant: true },
  [GIVEN_KEY]: ALL_GIVEN,
};
const tags = BUILT_IMAGES as Readonly<Record<BuiltImageName, unknown>>;
const { services } = plan(parseEnvironment("test", values), docker, (name) => String(tags[name as BuiltImageName]), {
  main: { "index.ts": "" },
  functions: {},
});

describe.each(Object.entries(CONTRACTS))("%s", (name, { taken, declined }) => {
  const spec = services.find((service) => service.name === name);
  const rendered = Object.keys({ ...spec?.env, ...spec?.secretEnv });
  const names = taken.split(/\s+/);

  test("every variable of the contract is rendered", () => {
    expect(names.filter((variable) => !rendered.includes(variable))).toEqual([]);
  });

  test("what is declined has a reason, and is not rendered", () => {
    expect(Object.keys(declined).filter((variable) => rendered.includes(variable) || names.includes(variable))).toEqual(
      [],
    );
    for (const reason of Object.values(declined)) expect(reason.length).toBeGreaterThan(8);
  });
});

test("keys that everybody knows are nowhere", () => {
  // The payloads that upstream's sample tokens begin with, and its other published constants.
  const published = /eyJpc3MiOiJzdXBhYmFzZS1kZW1v|supabaserealtime|SAMPLE_KEY|super-secret-jwt/;
  expect(JSON.stringify(services)).not.toMatch(published);
});
