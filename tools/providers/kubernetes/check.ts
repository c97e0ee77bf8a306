// What can be said about inputs without a server. Its schema is the server's to judge, which previews ask by a dry run. Pure.
import type { Failure } from "../resource-type";
import { hasUnknown, type Properties, reveal, UNKNOWN } from "../wire";
import { withSecretData } from "./object";

/** Kinds of the whole cluster; a namespace is filled in for all others. */
const CLUSTER_WIDE =
  /^(Namespace|Node|PersistentVolume|Cluster\w+|\w+Class|CustomResourceDefinition|APIService|CSIDriver|CSINode|VolumeAttachment|ValidatingAdmission\w+|MutatingAdmission\w+|(Validating|Mutating)WebhookConfiguration|FlowSchema|PriorityLevelConfiguration)$/;

/** Names of objects: lowercase words of a host name. */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** Roles and what belongs to them may have colons and capitals in their names. */
const LOOSELY_NAMED = /^(Cluster)?Role(Binding)?$/;

/** Inputs as they will be applied, and every problem that shows in them. */
export function checkObject(
  news: Properties,
  defaultNamespace: string,
): { readonly inputs: Properties; readonly failures: readonly Failure[] } {
  const { apiVersion, kind, metadata } = reveal({
    apiVersion: news.apiVersion,
    kind: news.kind,
    metadata: news.metadata ?? {},
  }) as { apiVersion?: unknown; kind?: unknown; metadata: Properties };
  const inputs = { ...withSecretData(news) };
  if (!CLUSTER_WIDE.test(String(kind)) && metadata.namespace === undefined && metadata !== (UNKNOWN as unknown))
    inputs.metadata = { ...(news.metadata as object | undefined), namespace: defaultNamespace };
  return { inputs, failures: [...kindFailures(apiVersion, kind), ...nameFailures(String(kind), metadata)] };
}

function kindFailures(apiVersion: unknown, kind: unknown): readonly Failure[] {
  return Object.entries({ apiVersion, kind }).flatMap(([property, value]) => {
    if (hasUnknown(value)) return [{ property, reason: "must be known before the run" }];
    return typeof value === "string" && value !== "" ? [] : [{ property, reason: "is required" }];
  });
}

function nameFailures(kind: string, { name, generateName }: Properties): readonly Failure[] {
  const property = "metadata.name";
  if (generateName !== undefined)
    return [{ property: "metadata.generateName", reason: "is not supported by the offline provider; give it a name" }];
  if (name === undefined) return [{ property, reason: "is required by the offline provider: it makes no names up" }];
  if (hasUnknown(name)) return [{ property, reason: "must be known before the run" }];
  if (typeof name === "string" && (NAME.test(name) || LOOSELY_NAMED.test(kind))) return [];
  return [{ property, reason: `must be lowercase letters, digits, - and ., got ${String(name)}` }];
}
