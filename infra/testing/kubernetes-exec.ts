// Commands inside pods, over the API server's own channel: input, output, exit code, and variables that no argument shows.
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Exec, type KubeConfig, type V1Status } from "@kubernetes/client-node";
import type { ExecOptions, Executed } from "./rig";

/** Reads as many lines as its first argument says into the environment, then becomes the command. */
const WITH_VARIABLES =
  'n=$1; shift; while [ "$n" -gt 0 ]; do IFS= read -r pair; export "$pair"; n=$((n - 1)); done; exec "$@"';

/** Where a command runs. */
export interface Container {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Runs a command to its end. Variables go in as lines of its input: exec has no other way that is not an argument. */
export async function execIn(
  access: KubeConfig,
  { namespace, pod, container }: Container,
  command: readonly string[],
  { input, env = {} }: ExecOptions = {},
): Promise<Executed> {
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  const wrapped = pairs.length === 0 ? command : ["sh", "-c", WITH_VARIABLES, "sh", String(pairs.length), ...command];
  const stdin = input === undefined && pairs.length === 0 ? null : Readable.from([`${pairs.join("")}${input ?? ""}`]);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = Promise.all([text(stdout), text(stderr)]);
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(access)
      .exec(namespace, pod, container, [...wrapped], stdout, stderr, stdin, false, resolve)
      .then((socket) => {
        // The channel that breaks before the status came, as when the container is killed.
        socket.onclose = () => resolve({ status: "Failure", message: "the connection was closed" });
      }, reject);
  });
  stdout.end();
  stderr.end();
  const [out, err] = await texts;
  return { code: exitCodeOf(status), stdout: out, stderr: err || (status.message ?? "") };
}

function exitCodeOf({ status, details }: V1Status): number {
  if (status === "Success") return 0;
  const cause = details?.causes?.find(({ reason }) => reason === "ExitCode");
  return cause === undefined ? -1 : Number(cause.message);
}
