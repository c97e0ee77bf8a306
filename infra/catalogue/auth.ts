// Supabase Auth (GoTrue): accounts, sign-in and tokens. What its environment says is in auth-environment.ts.

import { AUTHORITY_FILE, primaryUrl } from "./addresses";
import { type AuthArgs, authEnvironment } from "./auth-environment";
import { exec, type ServiceSpec, secret, self, service, text } from "./spec";

/**
 * Auth. It migrates its own schema at every start, over a direct connection, and takes no lock that outlives a copy. Copies
 * share nothing but the database. Sources: supabase/auth v2.196.0, `internal/conf/configuration.go` and its Dockerfile.
 */
export function auth(args: AuthArgs): ServiceSpec {
  const { environment, secrets } = authEnvironment(args);
  return service("auth", {
    purpose: "Signs users up and in, and issues their tokens (Supabase Auth)",
    shape: "stateless",
    copies: args.copies,
    image: "gotrue",
    args: ["auth"],
    env: {
      ...environment,
      GOTRUE_API_PORT: self({ port: "http" }),
      GOTRUE_METRICS_ENABLED: "true",
      GOTRUE_METRICS_EXPORTER: "prometheus",
      OTEL_EXPORTER_PROMETHEUS_HOST: "0.0.0.0",
      OTEL_EXPORTER_PROMETHEUS_PORT: self({ port: "metrics" }),
    },
    secretEnv: {
      ...secrets,
      GOTRUE_DB_DATABASE_URL: primaryUrl("supabase_auth_admin", "postgres-auth-admin"),
      GOTRUE_JWT_SECRET: secret("jwt-secret"),
      GOTRUE_JWT_KEYS: secret("jwt-keys"),
    },
    ports: { http: 9999, metrics: 9100 },
    files: AUTHORITY_FILE,
    // With GET: other builds of wget than Alpine's ask by HEAD where they only look, and Auth answers that with 405.
    ready: exec("wget", "-q", "-O", "/dev/null", text`http://localhost:${self({ port: "http" })}/health`),
    after: { "postgres-setup": "done" },
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    // Mail servers, other companies' sign-in and Twilio are outside; without any of them there is no reason to get there.
    networks: reachesOut(args) ? ["edge", "app", "data"] : ["app", "data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}

function reachesOut({ smtp, sms, captcha, providers, saml }: AuthArgs): boolean {
  const others = Object.values(providers).some((provider) => provider?.enabled);
  return smtp !== undefined || sms !== undefined || captcha !== undefined || saml.enabled || others;
}
