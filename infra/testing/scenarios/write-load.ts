// A steady load of small commits, and what became of them: which the server acknowledged, and how long none was.
import type { Client } from "pg";
import type { Rig } from "../rig";
import { application, connected, discard, migrations } from "./sql";

const CONNECTIONS = 4;
/** Pause before another attempt after a refused or lost connection. */
const RETRY_MILLISECONDS = 50;

/** What a load did until now. */
export interface WriteReport {
  /** Ids whose COMMIT was answered. */
  readonly acknowledged: readonly number[];
  /** Ids whose outcome is unknown, because the answer never came. */
  readonly unknown: readonly number[];
  /** Longest time without an acknowledged write, in seconds, up to now. */
  readonly gap: number;
}

/** A load on a table that it made. */
export interface WriteLoad {
  readonly table: string;
  report(): WriteReport;
  /** Ends the load once the transactions under way have ended, one way or the other. */
  stop(): Promise<WriteReport>;
}

/** Commits one new id after the other into a table that it makes anew, over several connections that reconnect whenever they are lost. */
export async function startWriteLoad(rig: Rig, table: string): Promise<WriteLoad> {
  const config = await application(rig);
  const setup = await connected(await migrations(rig));
  await setup.query(`DROP TABLE IF EXISTS ${table}`);
  await setup.query(`CREATE TABLE ${table} (id bigint PRIMARY KEY)`);
  await setup.end();
  const acknowledged: number[] = [];
  const unknown: number[] = [];
  let next = 0;
  let stopped = false;
  let last = performance.now();
  let longest = 0;

  const commit = async (client: Client) => {
    const id = next++;
    try {
      await client.query("BEGIN");
      await client.query(`INSERT INTO ${table} VALUES ($1)`, [id]);
      // A transaction that failed answers COMMIT with ROLLBACK.
      const { command } = await client.query("COMMIT");
      if (command !== "COMMIT") throw new Error(`commit was answered ${command}`);
    } catch (error) {
      unknown.push(id);
      throw error;
    }
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    acknowledged.push(id);
  };

  const writer = async () => {
    while (!stopped) {
      let client: Client | undefined;
      try {
        client = await connected(config);
        while (!stopped) await commit(client);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
      } finally {
        if (client !== undefined) discard(client);
      }
    }
  };

  const report = (): WriteReport => ({
    acknowledged: [...acknowledged],
    unknown: [...unknown],
    gap: Math.max(longest, performance.now() - last) / 1000,
  });
  const writers = Promise.all(Array.from({ length: CONNECTIONS }, writer));
  return {
    table,
    report,
    stop: async () => {
      const final = report();
      stopped = true;
      await writers;
      return { ...final, acknowledged: [...acknowledged], unknown: [...unknown] };
    },
  };
}
