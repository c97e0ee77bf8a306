// Where the test cluster lives: folders, addresses and names. Nothing else of the machine uses them.
import { join } from "node:path";
import { CACHE, PRIVATE, ROOT } from "../paths";

/** Everything that the running cluster writes; gone after `down`. One machine has one cluster, whatever the checkout. */
export const HOME = join(CACHE, "cluster");

/** What the cluster's programs say; kept after `down`, until the next `up`. */
export const LOGS = join(PRIVATE, "logs", "cluster");

/** The administrator's access, for kubectl and for clients. */
export const KUBECONFIG = join(HOME, "admin.conf");

/**
 * The cluster has a network of its own; one cable leads to it. The range 198.18.0.0/15 is kept for tests of networks, so
 * that a host does not meet it elsewhere.
 */
export const NETWORK = {
  cable: "gw-cluster",
  host: "198.18.1.1",
  node: "198.18.1.2",
  prefix: 30,
  pods: "10.246.0.0/24",
  services: "10.97.0.0/16",
  balancers: "198.18.2.0/30",
  balancer: "198.18.2.1",
  api: "10.97.0.1",
  dns: "10.97.0.10",
  domain: "cluster.local",
} as const;

export const NODE_NAME = "node-1";

/** The control group that holds every pod, so that no other kubelet takes them for its own. */
export const CGROUP = "groundwork-cluster";

/** Folders whose place programs do not let one choose. Inside the cluster they are folders of `HOME`. */
export const PLACES = [
  "/run/containerd",
  "/var/lib/cni",
  "/var/lib/kubelet",
  "/var/log/containers",
  "/var/log/pods",
] as const;

/** Where the files of one of `PLACES` are on the host. */
export function behind(place: (typeof PLACES)[number]): string {
  return join(HOME, "places", place);
}

/** Images that the cluster itself runs, built from the base image. The first waits in every pod, and makes volumes. */
export const IMAGES = { base: "groundwork/pause:1", dns: "groundwork/cluster-dns:1" } as const;

/** The compiled program of agent.ts. */
export const AGENT = join(ROOT, "dist", "tools", "cluster", "agent.js");
