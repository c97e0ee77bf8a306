// The process around a plugin of the engine: listens on loopback, says where, and ends cleanly when the engine is gone.
import { fstatSync } from "node:fs";
import {
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";

/** Large resources travel in one message; the engine's own limit. */
const LARGEST_MESSAGE = 400 * 1024 * 1024;

/** How long calls may clean up once the engine is gone. It kills its plugins after 5 s. */
const CLEAN_UP_MS = 4_000;

/** A failure that tells the engine more than its message. */
export class CallFailure extends Error {
  constructor(
    message: string,
    readonly metadata: Metadata,
  ) {
    super(message);
  }
}

/** The calls under way: wraps handlers, aborts them, waits for them. */
export class Calls {
  readonly #running = new Set<Promise<unknown>>();
  readonly #abort = new AbortController();

  /** A handler of the protocol from one that returns its answer. Its signal aborts with `abort` or the caller. */
  unary<Request, Response>(
    answer: (request: Request, signal: AbortSignal) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const caller = new AbortController();
      call.on("cancelled", () => caller.abort());
      const run = async () => answer(call.request, AbortSignal.any([this.#abort.signal, caller.signal]));
      const running = run().then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({
            code: status.UNKNOWN,
            details: error instanceof Error ? error.message : String(error),
            ...(error instanceof CallFailure && { metadata: error.metadata }),
          }),
      );
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    };
  }

  /** Asks every call under way, and every later one, to stop. */
  abort(): void {
    this.#abort.abort();
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}

/** Serves `service` on a free port of 127.0.0.1 and prints the port, as the engine expects. Ends with the engine. */
export function serve(service: ServiceDefinition, methods: object, calls: Calls): void {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    "grpc.max_send_message_length": LARGEST_MESSAGE,
  });
  server.addService(service, methods as UntypedServiceImplementation);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });

  const end = async () => {
    setTimeout(() => process.exit(0), CLEAN_UP_MS).unref();
    calls.abort();
    await calls.idle();
    process.exit(0);
  };
  process.once("SIGINT", end).once("SIGTERM", end);
  // The engine holds the other end of our standard input, so that even its sudden death is noticed.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on("end", end).resume();
}
