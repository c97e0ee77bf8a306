// The Redis servers as an operator sees them: what each answers beside itself, which one is primary, who follows it.
import { certificate } from "../../catalogue/spec";
import { type Copy, deliveredAt, type Executed, type Rig, specOf, until } from "../rig";

export interface Asking {
  /** Arguments of valkey-cli for the connection. @default - TLS, verified against our authority */
  readonly tls?: readonly string[];
  /** Empty to give none. @default - the clients' password */
  readonly given?: string;
}

/** valkey-cli beside a server, by a name that its certificate holds for; `-e` makes an error an exit code. */
export async function askServer(
  rig: Rig,
  server: Copy,
  command: readonly string[],
  { tls, given }: Asking = {},
): Promise<Executed> {
  const verified = ["--tls", "--cacert", deliveredAt(rig, "redis", certificate("authority", "certificate"))];
  const password = given ?? (await rig.secret("redis"));
  const { redis: port } = specOf(rig, "redis").ports;
  return server.exec(["valkey-cli", "-e", ...(tls ?? verified), "-h", "localhost", "-p", String(port), ...command], {
    env: password === "" ? {} : { REDISCLI_AUTH: password },
  });
}

/** The one server that calls itself primary, once all others follow it. */
export function redisPrimary(rig: Rig, seconds = 90): Promise<Copy> {
  const servers = rig.copies("redis");
  return until("one Redis primary, and all others behind it", seconds, async () => {
    const said = await Promise.all(
      servers.map(async (one) => (await askServer(rig, one, ["INFO", "replication"])).stdout),
    );
    const [primary, ...more] = servers.filter((_, i) => said[i]?.includes("role:master"));
    const linked = said.filter((each) => each.includes("master_link_status:up")).length;
    return more.length === 0 && linked === servers.length - 1 ? primary : undefined;
  });
}
