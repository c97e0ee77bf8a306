// The provider's own configuration: which cluster, how objects are applied, and which change of it means another cluster.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { KubeConfig } from "@kubernetes/client-node";
import type { Failure } from "../resource-type";
import { type Properties, UNKNOWN } from "../wire";

export interface Configuration {
  /** A file, several joined by colons, or the content itself. @default - as kubectl would find it */
  readonly kubeconfig?: string;
  /** @default - the kubeconfig's current context */
  readonly context?: string;
  readonly cluster?: string;
  /** Where objects go that name no namespace. */
  readonly namespace?: string;
  /** What tells clusters apart; without it the server's address does. */
  readonly clusterIdentifier?: string;
  /** Take fields over that others manage. */
  readonly enablePatchForce: boolean;
  /** Take over objects that exist already, whoever made them. */
  readonly upsertExistingObjects: boolean;
}

const KNOWN = [
  "kubeconfig",
  "context",
  "cluster",
  "namespace",
  "clusterIdentifier",
  "enableServerSideApply",
  "enablePatchForce",
  "upsertExistingObjects",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
  "deleteUnreachable",
  "skipUpdateUnreachable",
];

/** The configuration that `args` hold; the SDK sends booleans as text. */
export function configurationOf(args: Properties): Configuration {
  const text = (name: string) => {
    const value = args[name];
    return typeof value === "string" && value !== "" && value !== UNKNOWN ? { [name]: value } : {};
  };
  const flag = (name: string) => args[name] === true || args[name] === "true";
  return {
    ...text("kubeconfig"),
    ...text("context"),
    ...text("cluster"),
    ...text("namespace"),
    ...text("clusterIdentifier"),
    enablePatchForce: flag("enablePatchForce"),
    upsertExistingObjects: flag("upsertExistingObjects"),
  };
}

/** What this provider cannot do of what the configuration asks for. */
export function configurationFailures(args: Properties): readonly Failure[] {
  const off = ["version", "pluginDownloadURL", "parameterization"];
  const unknown = Object.keys(args).filter(
    (name) => !KNOWN.includes(name) && !off.includes(name) && !name.startsWith("__"),
  );
  return [
    ...(String(args.enableServerSideApply ?? "true") === "false"
      ? [{ property: "enableServerSideApply", reason: "must be true for the offline provider, got false" }]
      : []),
    ...unknown.map((property) => ({ property, reason: "is not supported by the offline provider" })),
  ];
}

/** The kubeconfig to use. Throws when the file or the context is not there. */
export function kubeConfigOf({ kubeconfig, context, cluster }: Configuration): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else if (isContent(kubeconfig)) config.loadFromString(kubeconfig);
  else loadFiles(config, kubeconfig);
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new Error(`kubeconfig: has no context ${context}; it has ${known.join(", ") || "none"}`);
    config.setCurrentContext(context);
  }
  if (cluster !== undefined) {
    const current = config.getCurrentContext();
    const contexts = config.getContexts().map((each) => (each.name === current ? { ...each, cluster } : each));
    config.loadFromOptions({
      clusters: config.getClusters(),
      users: config.getUsers(),
      contexts,
      currentContext: current,
    });
  }
  return config;
}

function isContent(kubeconfig: string): boolean {
  return kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
}

function loadFiles(config: KubeConfig, paths: string): void {
  const [first = "", ...rest] = paths
    .split(":")
    .filter((path) => path !== "")
    .map((path) => path.replace(/^~(?=\/)/, homedir()));
  if (!existsSync(first)) throw new Error(`kubeconfig: there is no file ${first}`);
  config.loadFromFile(first);
  for (const path of rest.filter((each) => existsSync(each))) {
    const more = new KubeConfig();
    more.loadFromFile(path);
    config.mergeConfig(more, true);
  }
}

/** What tells the cluster of a configuration from others; undefined while nobody can say. */
export function clusterOf(args: Properties): string | undefined {
  const configuration = configurationOf(args);
  if (configuration.clusterIdentifier !== undefined) return configuration.clusterIdentifier;
  try {
    return kubeConfigOf(configuration).getCurrentCluster()?.server;
  } catch {
    return undefined;
  }
}

/** Which properties differ, and whether they lead to another cluster, so that everything in it must be made anew. */
export function configurationChanges(
  olds: Properties,
  news: Properties,
): { readonly changed: readonly string[]; readonly otherCluster: boolean } {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((name) => !name.startsWith("__"));
  const changed = names.filter((name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]));
  const known = changed.length > 0 && !changed.some((name) => news[name] === UNKNOWN);
  const [before, after] = known ? [clusterOf(olds), clusterOf(news)] : [undefined, undefined];
  return { changed, otherCluster: before !== undefined && after !== undefined && before !== after };
}
