// The engine's log: lasting messages, and a passing one beside a resource while it is worked on.
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export interface EngineLog {
  /** Stays in the output; told once per resource. */
  warning(urn: string, text: string): void;
  /** Stays in the output; the same text is told once for all resources. */
  notice(text: string): void;
  /** Shown while the resource is under way. */
  progress(urn: string, text: string): void;
}

/** The log of the engine at `address`, the plugin's first argument; silent without one. */
export function engineLog(address: string | undefined): EngineLog {
  const client = address === undefined ? undefined : new EngineClient(address, credentials.createInsecure());
  const told = new Set<string>();
  const send = (severity: LogSeverity, urn: string, text: string, ephemeral = false) => {
    const request = new LogRequest().setSeverity(severity).setUrn(urn).setMessage(text).setEphemeral(ephemeral);
    client?.log(request, () => undefined);
  };
  const once = (key: string, tell: () => void) => {
    if (told.has(key)) return;
    told.add(key);
    tell();
  };
  return {
    warning: (urn, text) => once(`${urn} ${text}`, () => send(LogSeverity.WARNING, urn, text)),
    notice: (text) => once(text, () => send(LogSeverity.INFO, "", text)),
    progress: (urn, text) => send(LogSeverity.INFO, urn, text, true),
  };
}
