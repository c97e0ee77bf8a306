// The cluster's programs and their arguments, as values.
import { join } from "node:path";
import { toolPath } from "../recipe";
import { PKI } from "./certificates";
import { FILES } from "./configuration";
import { HOME, IMAGES, KUBECONFIG, NETWORK, NODE_NAME } from "./settings";

/** A program with its flags: `--name=value`. */
function flags(program: string, values: Readonly<Record<string, string | number | boolean>>): readonly string[] {
  return [program, ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)];
}

const ETCD = "http://127.0.0.1:2379";
const controller = {
  kubeconfig: KUBECONFIG,
  "authentication-kubeconfig": KUBECONFIG,
  "authorization-kubeconfig": KUBECONFIG,
  "bind-address": "127.0.0.1",
  "leader-elect": false,
};

/** The store of the cluster. Debian's etcd, but never Debian's service: this one lives and dies with the cluster. */
export const etcd = flags("/usr/bin/etcd", {
  "data-dir": join(HOME, "etcd"),
  "listen-client-urls": ETCD,
  "advertise-client-urls": ETCD,
  "listen-peer-urls": "http://127.0.0.1:2380",
});

export const containerd = ["/usr/bin/containerd", "--config", FILES.containerd] as const;

export const apiServer = flags(toolPath("kube-apiserver"), {
  "etcd-servers": ETCD,
  "bind-address": NETWORK.node,
  "advertise-address": NETWORK.node,
  "secure-port": 6443,
  "service-cluster-ip-range": NETWORK.services,
  "tls-cert-file": PKI.apiCertificate,
  "tls-private-key-file": PKI.apiKey,
  "client-ca-file": PKI.authority,
  "authorization-mode": "Node,RBAC",
  "service-account-issuer": "https://kubernetes.default.svc",
  "service-account-key-file": PKI.accountPublicKey,
  "service-account-signing-key-file": PKI.accountKey,
  "kubelet-preferred-address-types": "InternalIP",
  "kubelet-client-certificate": PKI.adminCertificate,
  "kubelet-client-key": PKI.adminKey,
});

/** What starts once the API server answers. */
export const others: Readonly<Record<string, readonly string[]>> = {
  "kube-controller-manager": flags(toolPath("kube-controller-manager"), {
    ...controller,
    "service-account-private-key-file": PKI.accountKey,
    "root-ca-file": PKI.authority,
    "use-service-account-credentials": true,
  }),
  "kube-scheduler": flags(toolPath("kube-scheduler"), controller),
  kubelet: flags(toolPath("kubelet"), {
    kubeconfig: KUBECONFIG,
    config: FILES.kubelet,
    "hostname-override": NODE_NAME,
    "node-ip": NETWORK.node,
  }),
  // A network of one's own has no say in the kernel's table of connections.
  "kube-proxy": flags(toolPath("kube-proxy"), {
    kubeconfig: KUBECONFIG,
    "hostname-override": NODE_NAME,
    "cluster-cidr": NETWORK.pods,
    "proxy-mode": "iptables",
    "conntrack-max-per-core": 0,
    "conntrack-min": 0,
    "conntrack-tcp-timeout-established": "0s",
    "conntrack-tcp-timeout-close-wait": "0s",
  }),
};

/** Makes volumes for claims. It reads its ConfigMap once, when it starts. */
export const provisioner = [
  toolPath("local-path-provisioner"),
  "start",
  ...["--kubeconfig", KUBECONFIG],
  ...["--config", FILES.volumes],
  ...["--namespace", "local-path-storage"],
  ...["--configmap-name", "local-path-config"],
  ...["--service-account-name", "default"],
  ...["--helper-image", `docker.io/${IMAGES.base}`],
  ...["--provisioner-name", "rancher.io/local-path"],
];
