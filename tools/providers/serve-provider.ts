// Runs a provider as a plugin process.
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Calls, serve } from "./plugin-server";
import { providerMethods } from "./provider";
import type { Provider } from "./resource-type";

/** Serves `provider` until the engine ends. */
export function serveProvider(provider: Provider): void {
  const calls = new Calls();
  serve(ResourceProviderService, providerMethods(provider, calls), calls);
}
