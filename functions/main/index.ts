// The main service of the edge runtime: checks the caller's token, then hands the request to a worker of the function's own.
// One file without imports: Deno loads it at every start, and must not need the outside for that.

/** What of Deno and of the edge runtime is used. Absent where tests load this file. */
interface Platform {
  readonly env: { toObject(): Record<string, string> };
  serve(handler: (request: Request) => Promise<Response>): unknown;
  stat(path: string): Promise<unknown>;
  readDir(path: string): AsyncIterable<{ readonly name: string }>;
  readTextFile(path: string): Promise<string>;
}
interface Workers {
  create(options: object): Promise<{ fetch(request: Request): Promise<Response> }>;
}
declare const Deno: Platform;
declare const EdgeRuntime: { readonly userWorkers: Workers };

/** Where functions and their credentials are delivered. */
const FILES = "/etc/groundwork";
/** What every function gets; everything else in the environment is the main service's own. */
const SHARED = /^(SUPABASE_\w+|JWT_SECRET)$/;

type VerifyKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
type Key = Readonly<Record<string, unknown>> & { readonly kty?: string; readonly kid?: string };

/** The keys that tokens are signed with: one secret for HS256, public ones for ES256. */
export interface Keys {
  readonly secret: string;
  readonly jwks: readonly Key[];
}

/** Why a token is not accepted; undefined when it is. Only the two algorithms in use, each with keys of its own kind. */
export async function refusal(authorization: string | null, keys: Keys, now: number): Promise<string | undefined> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return "missing authorization header";
  const [head, body, signature, ...rest] = token.split(".");
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0)
    return "invalid JWT format";
  try {
    const { alg, kid } = claims(head);
    const candidates = await keysFor(alg, kid, keys);
    if (candidates.length === 0) return "unsupported JWT algorithm or key";
    const signed = new TextEncoder().encode(`${head}.${body}`);
    const valid = await Promise.all(
      candidates.map((key) => crypto.subtle.verify(VERIFY[alg as Algorithm], key, bytes(signature), signed)),
    );
    if (!valid.includes(true)) return "invalid JWT";
    const { exp, nbf } = claims(body);
    if (typeof exp !== "number" || exp <= now) return "JWT has expired";
    return typeof nbf === "number" && nbf > now ? "JWT is not valid yet" : undefined;
  } catch {
    return "invalid JWT format";
  }
}

type Algorithm = "HS256" | "ES256";
const VERIFY = { HS256: { name: "HMAC" }, ES256: { name: "ECDSA", hash: "SHA-256" } } as const;

async function keysFor(alg: unknown, kid: unknown, { secret, jwks }: Keys): Promise<readonly VerifyKey[]> {
  if (alg === "HS256") {
    const raw = new TextEncoder().encode(secret);
    return [await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"])];
  }
  if (alg !== "ES256") return [];
  const named = jwks.filter((key) => key.kty === "EC" && (kid === undefined || key.kid === kid));
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  return Promise.all(named.map((key) => crypto.subtle.importKey("jwk", key, curve, false, ["verify"])));
}

function claims(part: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(bytes(part)));
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

/** The function that a path names; undefined when it names none that could exist. */
export function functionOf(pathname: string): string | undefined {
  return /^\/([A-Za-z0-9][A-Za-z0-9_-]{0,62})(\/|$)/.exec(pathname)?.[1];
}

const counted = new Map<string, { requests: number; seconds: number }>();

/** What has been answered so far, in Prometheus' words. */
export function metrics(): string {
  const lines = (name: string, type: string, help: string, of: "requests" | "seconds") => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...[...counted].map(([labels, count]) => `${name}{${labels}} ${count[of]}`),
  ];
  return `${[
    ...lines("functions_requests_total", "counter", "Requests answered", "requests"),
    ...lines("functions_request_seconds_total", "counter", "Time spent on them", "seconds"),
  ].join("\n")}\n`;
}

/** Counts one answer. */
export function count(name: string, status: number, seconds: number): void {
  const labels = `function="${name}",status="${status}"`;
  const { requests, seconds: before } = counted.get(labels) ?? { requests: 0, seconds: 0 };
  counted.set(labels, { requests: requests + 1, seconds: before + seconds });
}

function answer(status: number, message: string): Response {
  return Response.json({ code: status, message }, { status });
}

async function environmentOf(name: string, all: Readonly<Record<string, string>>): Promise<[string, string][]> {
  const own: [string, string][] = [];
  const folder = `${FILES}/credentials/${name}`;
  try {
    for await (const { name: variable } of Deno.readDir(folder))
      if (/^[A-Z]/.test(variable)) own.push([variable, await Deno.readTextFile(`${folder}/${variable}`)]);
  } catch {
    // It needs none.
  }
  return [...Object.entries(all).filter(([variable]) => SHARED.test(variable)), ...own];
}

async function handle(request: Request, all: Readonly<Record<string, string>>, keys: Keys): Promise<Response> {
  const { pathname } = new URL(request.url);
  // Whoever comes through the gateway brings this header; the platform's own probes and scrapes do not.
  if (pathname.startsWith("/_internal/") && !request.headers.has("x-forwarded-for"))
    return new Response(pathname === "/_internal/metrics" ? metrics() : "ok\n");
  const name = functionOf(pathname);
  if (name === undefined) return answer(400, "missing function name in request");
  if (request.method !== "OPTIONS" && all.VERIFY_JWT !== "false") {
    const reason = await refusal(request.headers.get("authorization"), keys, Date.now() / 1000);
    if (reason !== undefined) return answer(401, reason);
  }
  const servicePath = `${FILES}/functions/${name}`;
  const exists = await Deno.stat(`${servicePath}/index.ts`).then(
    () => true,
    () => false,
  );
  if (!exists) return answer(404, "no such function");
  const started = performance.now();
  const limits = { memoryLimitMb: 150, workerTimeoutMs: 60_000, noModuleCache: false, importMapPath: null };
  const response = await EdgeRuntime.userWorkers
    .create({ servicePath, ...limits, envVars: await environmentOf(name, all) })
    .then((worker) => worker.fetch(request))
    .catch((error: unknown) => {
      console.error(`${name}: ${error}`);
      return answer(500, "the function failed");
    });
  count(name, response.status, (performance.now() - started) / 1000);
  return response;
}

if ("Deno" in globalThis) {
  const all = Deno.env.toObject();
  const keys: Keys = { secret: all.JWT_SECRET ?? "", jwks: JSON.parse(all.SUPABASE_JWKS ?? '{"keys":[]}').keys };
  if (keys.secret === "") throw new Error("JWT_SECRET is empty: no token could be told from a forged one");
  Deno.serve((request) => handle(request, all, keys));
}
