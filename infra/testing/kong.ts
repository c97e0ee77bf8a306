// What Kong would do with a request, read from its declarative file: which route matches, what its plugins make of it. The
// Lua of its functions runs in a real interpreter; Kong itself runs nowhere without a registry.
import { LuaFactory } from "wasmoon";

type Config = Readonly<Record<string, unknown>>;
interface Plugin {
  readonly name: string;
  readonly config: Config;
}
interface KongRoute {
  readonly name: string;
  readonly expression: string;
  readonly priority: number;
  readonly strip_path?: boolean;
  readonly plugins?: readonly Plugin[];
}
interface KongService {
  readonly name: string;
  readonly url: string;
  readonly routes: readonly KongRoute[];
  readonly plugins?: readonly Plugin[];
}
/** The declarative file, parsed. */
export interface KongFile {
  readonly consumers: readonly {
    readonly username: string;
    readonly keyauth_credentials?: readonly { readonly key: string }[];
    readonly basicauth_credentials?: readonly { readonly username: string; readonly password: string }[];
    readonly acls?: readonly { readonly group: string }[];
  }[];
  readonly plugins: readonly Plugin[];
  readonly services: readonly KongService[];
}

export interface KongRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}
export interface KongAnswer {
  readonly status: number;
  /** Of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly upstream?: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/** In which order plugins run: the highest first. */
const PRIORITY: Readonly<Record<string, number>> = {
  cors: 2000,
  "key-auth": 1250,
  "basic-auth": 1100,
  "request-size-limiting": 951,
  acl: 950,
  "rate-limiting": 910,
  "request-transformer": 801,
  "response-transformer": 800,
  "request-termination": 2,
  "post-function": -1000,
};

/** One request on its way through the plugins. */
interface Passage extends KongRequest {
  readonly file: KongFile;
  readonly query: URLSearchParams;
  readonly sent: Record<string, string>;
  readonly answer: Record<string, string>;
  groups: readonly string[];
}

/** Answers as Kong would. */
export async function askKong(file: KongFile, request: KongRequest): Promise<KongAnswer> {
  const url = new URL(`http://host${normalized(request.path)}`);
  const routes = file.services.flatMap((service) => service.routes.map((route) => ({ service, route })));
  const found = routes
    .filter(({ route }) => matches(route.expression, request.host, url.pathname))
    .sort((a, b) => b.route.priority - a.route.priority)[0];
  if (found === undefined) return { status: 404, headers: {} };
  const { service, route } = found;
  const passage: Passage = {
    ...request,
    file,
    query: url.searchParams,
    sent: { ...request.headers, host: new URL(service.url).hostname },
    answer: { "access-control-allow-origin": "*" },
    groups: [],
  };
  const plugins = [...(service.plugins ?? []), ...(route.plugins ?? [])];
  for (const plugin of plugins.sort((a, b) => priority(b) - priority(a))) {
    const status = await PLUGINS[plugin.name]?.(plugin.config, passage);
    if (status !== undefined) return { status, headers: status === 200 ? passage.answer : {} };
  }
  const [prefix = ""] = /(?<=http\.path \^= ")[^"]*/.exec(route.expression) ?? [];
  const rest = route.strip_path ? url.pathname.slice(prefix.length) : url.pathname;
  const to = `${service.url}${rest}${url.search}`.replace(/([^:])\/\//g, "$1/");
  return { status: 200, headers: passage.answer, upstream: { url: to, headers: passage.sent } };
}

function priority({ name }: Plugin): number {
  const found = PRIORITY[name];
  if (found === undefined) throw new Error(`the test knows no plugin ${name}`);
  return found;
}

/** Kong's own normal form: dots resolved, letters unescaped, slashes merged. */
function normalized(path: string): string {
  const [before = "", ...query] = path.split("?");
  const plain = before.replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[\w.~-]/.test(character) ? character : escaped.toUpperCase();
  });
  return [plain.replace(/\/+/g, "/"), ...query].join("?");
}

/** An expression of comparisons that are all joined by `&&`, or all by `||`. */
function matches(expression: string, host: string, path: string): boolean {
  const holds = (term: string) => {
    const [, field, operator, value = ""] = /^(http\.(?:host|path)) (==|!=|\^=|contains) "([^"]*)"$/.exec(term) ?? [];
    if (field === undefined) throw new Error(`the test cannot read ${term}`);
    const actual = field === "http.host" ? host : path;
    if (operator === "==") return actual === value;
    if (operator === "!=") return actual !== value;
    return operator === "^=" ? actual.startsWith(value) : actual.includes(value);
  };
  return expression.includes("||") ? expression.split(" || ").some(holds) : expression.split(" && ").every(holds);
}

/** What each plugin does: ends the request with a status, or lets it on. */
const PLUGINS: Readonly<Record<string, (config: Config, passage: Passage) => number | undefined | Promise<undefined>>> =
  {
    cors: ({ origins }, { method, headers, answer }) => {
      const listed = (origins as string[]).includes(headers.origin ?? "");
      delete answer["access-control-allow-origin"];
      if (listed) {
        answer["access-control-allow-origin"] = headers.origin ?? "";
        answer["access-control-allow-credentials"] = "true";
      }
      return method === "OPTIONS" && headers.origin && headers["access-control-request-method"] ? 200 : undefined;
    },
    "key-auth": ({ key_in_header, key_in_query }, passage) => {
      const given = (key_in_header && passage.headers.apikey) || (key_in_query && passage.query.get("apikey")) || "";
      const consumer = passage.file.consumers.find((each) =>
        each.keyauth_credentials?.some(({ key }) => key === given),
      );
      if (consumer === undefined) return 401;
      passage.groups = (consumer.acls ?? []).map(({ group }) => group);
      return undefined;
    },
    "basic-auth": (_, { headers, file, sent }) => {
      const given = Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
      const known = file.consumers.flatMap((each) => each.basicauth_credentials ?? []);
      if (!known.some(({ username, password }) => `${username}:${password}` === given)) return 401;
      delete sent.authorization;
      return undefined;
    },
    acl: ({ allow }, { groups }) => (groups.some((group) => (allow as string[]).includes(group)) ? undefined : 403),
    "request-size-limiting": ({ allowed_payload_size }, { bytes }) =>
      bytes > (allowed_payload_size as number) ? 413 : undefined,
    "rate-limiting": () => undefined,
    "request-transformer": (config, { sent }) => {
      const { add, replace, remove } = config as Record<string, { headers: string[] } | undefined>;
      for (const header of remove?.headers ?? []) delete sent[header.toLowerCase()];
      for (const header of [...(replace?.headers ?? []), ...(add?.headers ?? [])]) {
        const [name = "", ...value] = header.split(":");
        sent[name.toLowerCase()] = value.join(":");
      }
      return undefined;
    },
    "response-transformer": (config, { answer }) => {
      for (const header of (config.remove as { headers: string[] }).headers) delete answer[header];
      return undefined;
    },
    "request-termination": ({ status_code }) => status_code as number,
    "post-function": async ({ access }, passage) => {
      for (const code of access as string[]) await runLua(code, passage);
      return undefined;
    },
  };

/** Runs a function's code with the parts of Kong's interface that it uses. */
export async function runLua(
  code: string,
  { headers, query, sent }: Pick<Passage, "headers" | "query" | "sent">,
): Promise<void> {
  const lua = await new LuaFactory().createEngine();
  const set = (name: string, value: string) => {
    sent[name.toLowerCase()] = value;
  };
  const clear = (name: string) => {
    delete sent[name.toLowerCase()];
  };
  try {
    lua.global.set("kong", {
      request: {
        get_header: (name: string) => headers[name],
        get_query_arg: (name: string) => query.get(name) ?? undefined,
      },
      service: { request: { set_header: set, clear_header: clear } },
    });
    lua.global.set("ngx", {
      decode_base64: (text: string) => Buffer.from(text, "base64").toString(),
      req: { set_header: set, clear_header: clear },
    });
    await lua.doString(code);
  } finally {
    lua.global.close();
  }
}
