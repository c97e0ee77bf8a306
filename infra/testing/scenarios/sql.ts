// Postgres as an application sees it: through Traefik and the pooler, over verified TLS, with the settings README.md asks of
// clients; and as the superuser sees it, inside a member.
import { Client, type ClientConfig } from "pg";
import type { ServiceName } from "../../catalogue/spec";
import { type Copy, output, type Rig, specOf } from "../rig";

/** The settings of "Settings that make failover short" in README.md. */
const DOCUMENTED: ClientConfig = {
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
  query_timeout: 20_000,
};

/** How an application connects, to the primary or to the replicas. */
export async function application(rig: Rig, role: "primary" | "replicas" = "primary"): Promise<ClientConfig> {
  const { domain, publish } = rig.environment;
  const service: ServiceName = role === "primary" ? "pgbouncer" : "pgbouncer-replicas";
  const [route] = specOf(rig, service).routes;
  return {
    ...DOCUMENTED,
    host: await rig.address(),
    port: role === "primary" ? publish.postgres : publish.postgresReplicas,
    user: "app",
    password: await rig.secret("postgres-app"),
    database: "postgres",
    ssl: { ca: await rig.authority(), servername: `${route?.host}.${domain}` },
  };
}

/** How migrations connect: only they make and drop tables. */
export async function migrations(rig: Rig): Promise<ClientConfig> {
  return { ...(await application(rig)), user: "migrator", password: await rig.secret("postgres-migrator") };
}

/** A client that is connected. Its later errors are those of its queries: a lost connection must not end the process. */
export async function connected(config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    discard(client);
    throw error;
  }
  return client;
}

/** Lets go of a client without waiting for the server's answer, which may never come. */
export function discard(client: Client): void {
  client.end().catch(() => undefined);
}

/** Runs `work` with a client of its own. */
export async function withClient<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connected(config);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What one statement of the superuser prints inside a member, without ornament: rows are lines, columns are parted by `|`. */
export function asSuperuser(member: Copy, statement: string): Promise<string> {
  return output(member, [
    "psql",
    "--no-psqlrc",
    "--tuples-only",
    "--no-align",
    "--set=ON_ERROR_STOP=1",
    "--username=postgres",
    `--command=${statement}`,
    "postgres",
  ]);
}
