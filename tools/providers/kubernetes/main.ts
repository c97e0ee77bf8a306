// The plugin `pulumi-resource-kubernetes`: every kind that the cluster's API server knows, under the official names.
import { version } from "@pulumi/kubernetes/package.json";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Calls, serve } from "../plugin-server";
import { engineLog } from "./engine-log";
import { kubernetesMethods } from "./methods";

const calls = new Calls();
serve(ResourceProviderService, kubernetesMethods({ version, calls, log: engineLog(process.argv[2]) }), calls);
