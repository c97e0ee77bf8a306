// Who this machine is to a registry: what `docker login` has kept, in its file or with a credential helper.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { invalid } from "../infra/lib/errors";

/** What the engine's API takes. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
  readonly identitytoken?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub's name in that file; every other registry stands under its host. */
const HUB = "https://index.docker.io/v1/";

/** The registry of a reference, as the engine reads it: without a host it is Docker Hub. */
export function hostOf(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}

/** The credentials for a registry; undefined where nobody has signed in, which public images do not need. */
export async function credentialsFor(
  host: string,
  folder: string = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"),
): Promise<RegistryCredentials | undefined> {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return undefined;
  const { auths = {}, credHelpers = {}, credsStore } = read(path);
  const key = host === "docker.io" ? HUB : host;
  const helper = credHelpers[key] ?? credHelpers[host] ?? credsStore;
  if (helper !== undefined) return fromHelper(helper, key);
  const { auth, identitytoken } = auths[key] ?? auths[`https://${host}`] ?? {};
  if (auth === undefined) return undefined;
  const [username = "", ...rest] = Buffer.from(auth, "base64").toString().split(":");
  const password = rest.join(":");
  return { username, password, serveraddress: key, ...(identitytoken !== undefined && { identitytoken }) };
}

function read(path: string): DockerConfig {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Without the parser's words: they quote the file, which holds passwords.
    throw invalid(path, "is not JSON", "docker login writes it anew");
  }
}

/** Docker's protocol for helpers: the registry on standard input, JSON or a refusal on standard output. */
async function fromHelper(helper: string, serveraddress: string): Promise<RegistryCredentials | undefined> {
  const child = spawn(`docker-credential-${helper}`, ["get"], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", () =>
      reject(invalid(`docker-credential-${helper}`, "cannot be started", "install it, or docker login without it")),
    );
    child.once("close", resolve);
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(serveraddress);
  const [said, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) return undefined;
  const { Username = "", Secret = "" } = JSON.parse(said) as { readonly Username?: string; readonly Secret?: string };
  // A helper's word for a token that stands for user and password.
  if (Username === "<token>") return { username: "", password: "", serveraddress, identitytoken: Secret };
  return { username: Username, password: Secret, serveraddress };
}
