// The API server as the provider uses it: plain requests over a kubeconfig, refusals with their reasons, paths by kind.
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { text } from "node:stream/consumers";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Properties } from "../wire";
import type { Identity } from "./identity";

/** What the API server answers. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Its warnings, e.g. about deprecated versions or a namespace's Pod Security. */
  readonly warnings: readonly string[];
}

/** The API server's refusal. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** The API's word for it, e.g. `NotFound`, `AlreadyExists`, `Invalid`, `Conflict`. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** The API server did not answer at all. */
export class Unreachable extends Error {}

/** A kind that the API server does not serve, e.g. because its definition is not installed yet. */
export class UnknownKind extends Error {}

export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** How long one request may take; waiting is done by asking again. */
const ANSWER_WITHIN_MS = 30_000;

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** One cluster, reached by the current context of a kubeconfig. */
export class Cluster {
  readonly #config: KubeConfig;
  readonly #kinds = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** The server's address, as the kubeconfig has it. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? "";
  }

  /** Throws `Refusal` for an answer of 400 or more, and `Unreachable` when there is none. */
  async request(method: string, path: string, call: Call = {}): Promise<Answer> {
    const url = new URL(`${this.server.replace(/\/$/, "")}${path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const options: RequestOptions = { method, headers: {} };
    await this.#config.applyToHTTPSOptions(options);
    const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
    const answer = await this.#send(url, { ...options, signal }, call);
    if (answer.status < 400) return answer;
    const { reason, message } = answer.body as { readonly reason?: string; readonly message?: string };
    throw new Refusal(
      answer.status,
      reason ?? String(answer.status),
      message ?? `the API server answered ${answer.status}`,
    );
  }

  /** The JSON body of a GET, `undefined` where nothing is. */
  async get<T>(path: string, signal?: AbortSignal, query: Call["query"] = {}): Promise<T | undefined> {
    try {
      return (await this.request("GET", path, { query, ...(signal && { signal }) })).body as T;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** The path of an object, or of the collection it belongs to when `name` is empty. Throws `UnknownKind`. */
  async pathOf({ apiVersion, kind, namespace, name }: Identity): Promise<string> {
    const resource = await this.#resource(apiVersion, kind);
    const place = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
    const object = name === "" ? "" : `/${encodeURIComponent(name)}`;
    return `${groupPath(apiVersion)}${place}/${resource.name}${object}`;
  }

  /** Whether objects of a kind live in a namespace. Throws `UnknownKind`. */
  async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.#resource(apiVersion, kind)).namespaced;
  }

  async #resource(apiVersion: string, kind: string): Promise<ApiResource> {
    const known = (await this.#served(apiVersion)).find((each) => each.kind === kind && !each.name.includes("/"));
    if (known) return known;
    this.#kinds.delete(apiVersion);
    throw new UnknownKind(`${apiVersion} ${kind}: the API server does not serve this kind`);
  }

  #served(apiVersion: string): Promise<readonly ApiResource[]> {
    const asked = this.#kinds.get(apiVersion);
    if (asked) return asked;
    const asking = this.get<{ resources: ApiResource[] }>(groupPath(apiVersion)).then((list) => list?.resources ?? []);
    this.#kinds.set(apiVersion, asking);
    asking.catch(() => this.#kinds.delete(apiVersion));
    return asking;
  }

  async #send(url: URL, options: RequestOptions, { body, contentType, signal }: Call): Promise<Answer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...options.headers,
      accept: "application/json",
      ...(payload !== undefined && { "content-type": contentType ?? "application/json" }),
      ...(payload !== undefined && { "content-length": Buffer.byteLength(payload) }),
    };
    const send = url.protocol === "http:" ? httpRequest : httpsRequest;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const sent = send(url, { ...options, headers }, (response) => {
          text(response).then((content) => {
            const warnings = [response.headers.warning ?? []].flat().flatMap(warningTexts);
            resolve({ status: response.statusCode ?? 0, body: parsed(content), warnings });
          }, reject);
        });
        sent.once("error", reject);
        sent.end(payload);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Unreachable(`the cluster at ${url.origin} does not answer: ${reasonOf(error)}`);
    }
  }
}

/** Whether `error` is a refusal with that status. */
export function isStatus(error: unknown, status: number): error is Refusal {
  return error instanceof Refusal && error.status === status;
}

/** The API's own root of a version: the core group differs from the named ones. */
export function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The texts of a `Warning` header: `299 - "text"`, several joined by commas. */
export function warningTexts(header: string): readonly string[] {
  return [...header.matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = ""]) =>
    quoted.replaceAll(/\\(.)/g, "$1"),
  );
}

/** Logs are text, everything else JSON. */
function parsed(content: string): Properties | string {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "TimeoutError" ? `no answer within ${ANSWER_WITHIN_MS / 1000} s` : error.message || error.name;
}
