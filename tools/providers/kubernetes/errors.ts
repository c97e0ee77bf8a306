// Errors as the engine understands them: plain ones, and "it is there, but it did not become ready", which records it.
import { Metadata, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CallFailure } from "../plugin-server";

/** What was made although it is not ready: the engine records it, and the next run goes on from there. */
export interface HalfMade {
  readonly id: string;
  readonly properties: Struct;
  readonly inputs: Struct;
  readonly reasons: readonly string[];
}

/** The failure that makes the engine record a resource which did not become ready. */
export function initFailed({ id, properties, inputs, reasons }: HalfMade): CallFailure {
  const message = reasons.join("\n");
  const detail = new ErrorResourceInitFailed()
    .setId(id)
    .setProperties(properties)
    .setInputs(inputs)
    .setReasonsList([...reasons]);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const told = new Status().setCode(status.UNKNOWN).setMessage(message).addDetails(any);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(told.serializeBinary()));
  return new CallFailure(message, metadata);
}
