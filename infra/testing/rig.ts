// What scenarios may do to a running stack: look into its copies, break them and mend them. The same on every platform.
import { isDeepStrictEqual } from "node:util";
import { FILES, type Network, type Ref, type ServiceName, type ServiceSpec } from "../catalogue/spec";
import type { Environment } from "../environment";

/** What a command printed, and its exit code. */
export interface Executed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  /** Its standard input, which then ends. @default - none */
  readonly input?: string;
  /** Further variables; the way in for secrets, which arguments would show to everyone. @default - none */
  readonly env?: Readonly<Record<string, string>>;
}

/** Something that commands run in. */
export interface Place {
  readonly name: string;
  /** Runs a command to its end, whatever its exit code; throws only if it cannot be started. */
  exec(command: readonly string[], options?: ExecOptions): Promise<Executed>;
}

/** One copy of a service. What breaks it has an opposite that mends it, and doing either twice does no harm. */
export interface Copy extends Place {
  readonly service: ServiceName;
  /** The name by which others reach it, or the service's where copies have none. */
  readonly host: string;
  /** Ends it at once, without a chance to clean up; it stays down until `start`. */
  kill(): Promise<void>;
  /** Ends it as the platform does, within the service's `stopGrace`; it stays down until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Freezes every process: it neither answers nor dies. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Makes every packet from and to it vanish; nobody is told. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Whether it runs and its probe passes. */
  isReady(): Promise<boolean>;
}

/** A throwaway client inside the stack's networks, with curl, openssl and mc and an address of its own. */
export interface Visitor extends Place {
  remove(): Promise<void>;
}

/** A running stack. */
export interface Rig {
  readonly environment: Environment;
  readonly services: readonly ServiceSpec[];
  /** Every copy of a service, in order. */
  copies(service: ServiceName): readonly Copy[];
  /** The name by which services reach each other. */
  host(service: ServiceName): string;
  /** The address at which clients outside find the stack's published ports. */
  address(): Promise<string>;
  /** The value of a generated secret. */
  secret(name: string): Promise<string>;
  /** PEM of the CA that clients must trust. */
  authority(): Promise<string>;
  /** Starts a client that is on `networks` alone. */
  visitor(...networks: readonly Network[]): Promise<Visitor>;
}

/** The spec of a service of the stack. */
export function specOf({ services }: Pick<Rig, "services">, name: ServiceName): ServiceSpec {
  const spec = services.find((service) => service.name === name);
  if (spec === undefined) throw new Error(`${name} is not part of this stack`);
  return spec;
}

/** Where the copies of a service find a secret or a certificate that is delivered to them as a file of its own. */
export function deliveredAt(rig: Rig, service: ServiceName, wanted: Ref): string {
  const file = Object.entries(specOf(rig, service).files).find(([, content]) => isDeepStrictEqual(content, wanted));
  if (file === undefined) throw new Error(`${service} has no file that holds ${JSON.stringify(wanted)} alone`);
  return `${FILES}/${file[0]}`;
}

/** Standard output of a command that must succeed. */
export async function output(place: Place, command: readonly string[], options?: ExecOptions): Promise<string> {
  const { code, stdout, stderr } = await place.exec(command, options);
  if (code !== 0) throw new Error(`${place.name}: \`${command.join(" ")}\` ended with ${code}: ${stderr || stdout}`);
  return stdout.trimEnd();
}

/** Resolves once `place`'s services answer again: every copy of `names` is ready. */
export async function allReady(rig: Rig, names: readonly ServiceName[], seconds = 60): Promise<void> {
  await until(`${names.join(", ")} ready`, seconds, async () => {
    const ready = await Promise.all(names.flatMap((name) => rig.copies(name).map((copy) => copy.isReady())));
    return ready.every(Boolean);
  });
}

const POLL_MILLISECONDS = 100;

/**
 * Asks `condition` until it gives something other than `undefined` or `false`, and returns that. A throw counts as "not
 * yet"; after `seconds` it throws, with the last error in its text.
 */
export async function until<T>(
  what: string,
  seconds: number,
  condition: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  do {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  } while (Date.now() < deadline);
  throw new Error(`not within ${seconds} s: ${what}${last === undefined ? "" : ` (${(last as Error).message})`}`);
}
