// Writes through the Redis proxy, one after the other, by a client that connects again whenever it has to: a shell and openssl
// in a visitor, where no library hides what happened. It notes when each write was acknowledged.
import { randomUUID } from "node:crypto";
import { output, type Rig, specOf, type Visitor } from "../rig";

/** A load on a set of its own. */
export interface RedisLoad {
  /** The set that it adds to. */
  readonly key: string;
  /** Writes that were acknowledged until now. */
  acknowledged(): Promise<number>;
  /** Ends it. Resolves to the longest time without an acknowledged write, in seconds. */
  stop(): Promise<number>;
  /** When each write that is acknowledged and no longer there was acknowledged, in seconds since 1970. */
  lost(): Promise<readonly number[]>;
}

/** A connection as applications make it: TLS, verified by name. */
const CONNECT =
  'openssl s_client -quiet -connect "$HOST:$PORT" -servername "$HOST" -verify_hostname "$HOST" -verify_return_error -CAfile "$DIR/ca"';

/** Adds one number after the other. Who waits two seconds for an answer, or gets another one, connects again. */
const WRITE = `
trap '' PIPE
id=0
while [ ! -e "$DIR/stop" ]; do
  coproc SERVER { exec ${CONNECT} 2>/dev/null; }
  pid=$SERVER_PID
  exec {answers}<&"\${SERVER[0]}" {questions}>&"\${SERVER[1]}"
  if printf 'AUTH %s\\r\\n' "$PASSWORD" >&$questions && read -r -t 2 -u $answers reply && [ "$reply" = $'+OK\\r' ]; then
    while [ ! -e "$DIR/stop" ]; do
      id=$((id + 1))
      printf 'SADD %s %d\\r\\n' "$KEY" "$id" >&$questions || break
      read -r -t 2 -u $answers reply && [ "$reply" = $':1\\r' ] || break
      echo "$id $EPOCHREALTIME" >> "$DIR/acknowledged"
      # Nothing comes unasked: this is a pause, so that the load does not take a core.
      read -r -t 0.005 -u $answers reply
    done
  fi
  kill -9 "$pid"; wait "$pid"
  exec {answers}<&- {questions}>&-
  sleep 0.05
done 2>/dev/null
date +%s.%N > "$DIR/ended"
`;

const GAP = `awk '{ if (last && $NF - last > gap) gap = $NF - last; last = $NF } END { print gap }' "$DIR/acknowledged" "$DIR/ended"`;

const LOST = `set -o pipefail
printf 'AUTH %s\\r\\nSMEMBERS %s\\r\\nQUIT\\r\\n' "$PASSWORD" "$KEY" | ${CONNECT} 2>/dev/null | tr -d '\\r' | grep -E '^[0-9]+$' > "$DIR/kept" || exit 1
awk 'NR == FNR { kept[$1] = 1; next } !($1 in kept) { print $2 }' "$DIR/kept" "$DIR/acknowledged"`;

/** Starts the load. */
export async function startRedisLoad(rig: Rig, visitor: Visitor): Promise<RedisLoad> {
  const key = `load-${randomUUID().slice(0, 8)}`;
  const env = {
    DIR: `/tmp/${key}`,
    HOST: rig.host("redis-proxy"),
    PORT: String(specOf(rig, "redis-proxy").ports.primary),
    KEY: key,
    PASSWORD: await rig.secret("redis"),
  };
  const shell = (script: string, input?: string) =>
    output(visitor, ["bash", "-c", script], { env, ...(input !== undefined && { input }) });
  await shell('mkdir "$DIR"; : > "$DIR/acknowledged"; cat > "$DIR/ca"', await rig.authority());
  const running = shell(WRITE);
  return {
    key,
    acknowledged: async () => Number(await shell('wc -l < "$DIR/acknowledged"')),
    stop: async () => {
      await shell(': > "$DIR/stop"');
      await running;
      return Number(await shell(GAP));
    },
    lost: async () => (await shell(LOST)).split("\n").filter(Boolean).map(Number),
  };
}
