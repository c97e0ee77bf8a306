// The files that the cluster's programs read, as data. JSON where they take YAML: it is YAML, and needs no quoting rules.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PKI } from "./certificates";
import { CGROUP, HOME, IMAGES, KUBECONFIG, NETWORK } from "./settings";

/** Where each configuration file lies. */
export const FILES = {
  containerd: join(HOME, "containerd.toml"),
  network: join(HOME, "cni", "10-pods.conflist"),
  kubelet: join(HOME, "kubelet.yaml"),
  volumes: join(HOME, "volumes.json"),
} as const;

/** Where the volumes of pods lie. */
export const VOLUMES = join(HOME, "volumes");

/** Writes every configuration file, and the folders they stand in. */
export function writeConfiguration(): void {
  const files: Readonly<Record<string, string>> = {
    [FILES.containerd]: containerd(),
    [FILES.network]: json(podNetwork()),
    [FILES.kubelet]: json(kubelet()),
    [FILES.volumes]: json(volumes()),
    [KUBECONFIG]: json(kubeconfig()),
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o600 });
  }
}

/** How an administrator signs in. */
export function kubeconfig(): object {
  const named = "groundwork-test";
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: named, cluster: { server: `https://${NETWORK.node}:6443`, "certificate-authority": PKI.authority } },
    ],
    users: [{ name: named, user: { "client-certificate": PKI.adminCertificate, "client-key": PKI.adminKey } }],
    contexts: [{ name: named, context: { cluster: named, user: named } }],
    "current-context": named,
  };
}

/** `restrict_oom_score_adj`: a machine inside a machine may not lower the score of its processes. */
function containerd(): string {
  return `version = 2
root = "${join(HOME, "containerd")}"
state = "/run/containerd"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/${IMAGES.base}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${dirname(FILES.network)}"
`;
}

function podNetwork(): object {
  return {
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
      {
        type: "bridge",
        bridge: "pods",
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: "/var/lib/cni/networks",
          ranges: [[{ subnet: NETWORK.pods }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

/** Images are never collected, and pods not evicted: on a test machine that would only be noise. */
function kubelet(): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${CGROUP}`,
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    failSwapOn: false,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: PKI.authority },
    },
    authorization: { mode: "Webhook" },
    clusterDNS: [NETWORK.dns],
    clusterDomain: NETWORK.domain,
    readOnlyPort: 0,
    maxPods: 200,
    nodeStatusMaxImages: -1,
    registerWithTaints: [],
    evictionHard: { "nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "100Mi" },
    imageGCHighThresholdPercent: 100,
  };
}

/** The provisioner's own file; its ConfigMap repeats it, because helper pods read it there. */
export function volumes(): object {
  return { nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [VOLUMES] }] };
}

export function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
