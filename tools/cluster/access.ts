// The way to the cluster's API, as its administrator.
import { KubeConfig } from "@kubernetes/client-node";
import { KUBECONFIG } from "./settings";

/** A client's settings for the cluster that is up. */
export function clusterAccess(): KubeConfig {
  const access = new KubeConfig();
  access.loadFromFile(KUBECONFIG);
  return access;
}
