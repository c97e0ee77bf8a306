// How migrations reach the database: as the role `migrator`, over verified TLS, through the stack's published Postgres port, or by
// an address that the environment gives (a cluster whose services are reached otherwise, CI).
import { Client, type ClientConfig } from "pg";
import { parse } from "pg-connection-string";
import { parseEnvironment, readStackFile } from "../../../infra/environment";
import { ROOT } from "../../../tools/paths";
import { failure, unable } from "../failure";
import { prepareWorkspace, pulumi, stackExists } from "../pulumi";
import { loadStack } from "../stack";

/** The variable that replaces the stack's own address. Not DATABASE_URL, which shells of developers hold for other databases. */
export const DATABASE_URL = "GROUNDWORK_DATABASE_URL";

/** Addresses that no network lies before. */
const LOOPBACK = /^(127(\.\d+){3}$|::1$|localhost$|\/)/;

/** How to connect to the database of `stack`. */
export async function databaseOf(stack: string, from: NodeJS.ProcessEnv = process.env): Promise<ClientConfig> {
  const url = from[DATABASE_URL];
  return url ? fromUrl(url) : fromStack(stack);
}

/** The settings of an address; refused where passwords and data would cross a network without a checked certificate. */
export function fromUrl(url: string): ClientConfig {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(url);
  } catch {
    throw unable(
      DATABASE_URL,
      "cannot be read",
      "postgresql://migrator:PASSWORD@HOST:PORT/postgres?sslmode=verify-full",
    );
  }
  const mode = /[?&]sslmode=([a-z-]*)/.exec(url)?.[1] ?? "none";
  if (mode !== "verify-full" && !LOOPBACK.test(parsed.host ?? ""))
    throw unable(
      `${DATABASE_URL}: sslmode`,
      `must be verify-full beyond this machine, got ${mode}`,
      "add sslmode=verify-full, and sslrootcert=authority.pem where ./groundwork secret authority wrote that file",
    );
  return { connectionString: url };
}

async function fromStack(stack: string): Promise<ClientConfig> {
  const { platform } = parseEnvironment(stack, readStackFile(ROOT, stack));
  if (platform !== "docker")
    throw unable(
      `stack ${stack}`,
      `publishes no Postgres port of its own on ${platform}`,
      `set ${DATABASE_URL}, e.g. to a forwarded port of the pooler`,
    );
  const { environment, services } = loadStack(stack);
  const route = services.flatMap(({ routes }) => routes).find(({ entry }) => entry === "postgres");
  if (route === undefined) throw unable(`stack ${stack}`, "has no way to its primary");
  prepareWorkspace(stack);
  if (!(await stackExists(stack))) throw unable(`stack ${stack}`, "is not up", `groundwork up -s ${stack}`);
  const outputs: { authority?: string; secrets?: Record<string, string> } = JSON.parse(
    await pulumi(stack, ["stack", "output", "--json", "--show-secrets"]),
  );
  const password = outputs.secrets?.["postgres-migrator"];
  if (outputs.authority === undefined || password === undefined)
    throw unable(`stack ${stack}`, "is not up", `groundwork up -s ${stack}`);
  const { address, postgres, databases } = environment.publish;
  return {
    host: address === "0.0.0.0" || databases === "machine" ? "127.0.0.1" : address,
    port: postgres,
    user: "migrator",
    password,
    database: "postgres",
    ssl: { ca: outputs.authority, servername: `${route.host}.${environment.domain}` },
  };
}

/** A connection by a name that Postgres shows to whoever looks for it. Throws a `Failure` that says where nobody answered. */
export async function connect(config: ClientConfig, name: string): Promise<Client> {
  const client = new Client({
    ...config,
    application_name: name,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  });
  // A lost connection is told by the query that runs on it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw failure(`postgres at ${client.host}:${client.port}`, `cannot be used: ${(error as Error).message}`);
  }
}
