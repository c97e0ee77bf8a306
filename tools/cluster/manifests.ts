// What a cluster has before anybody uses it: name resolution, a class of storage. Kubernetes' own words, as data.
import type { KubernetesObject } from "@kubernetes/client-node";
import { json, volumes } from "./configuration";
import { IMAGES, NETWORK } from "./settings";

/** An object with whatever fields its kind has. */
export type Manifest = KubernetesObject & Readonly<Record<string, unknown>>;

const SYSTEM = "kube-system";
const STORAGE = "local-path-storage";
/** The labels by which network policies everywhere allow name resolution. */
const DNS_LABELS = { "k8s-app": "kube-dns" };

const COREFILE = `.:53 {
  errors
  ready
  kubernetes ${NETWORK.domain} in-addr.arpa {
    pods insecure
  }
  cache 5
}
`;

/** The service account of CoreDNS, and what it may see. */
const account: readonly Manifest[] = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace: SYSTEM } },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "coredns" },
    rules: [
      { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "coredns" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "coredns" },
    subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: SYSTEM }],
  },
];

/** CoreDNS, which knows the cluster's names and, on purpose, no others. */
export const nameResolution: readonly Manifest[] = [
  ...account,
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns", namespace: SYSTEM },
    data: { Corefile: COREFILE },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace: SYSTEM, labels: DNS_LABELS },
    spec: {
      replicas: 1,
      selector: { matchLabels: DNS_LABELS },
      template: {
        metadata: { labels: DNS_LABELS },
        spec: {
          serviceAccountName: "coredns",
          securityContext: { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] },
          containers: [
            {
              name: "coredns",
              image: `docker.io/${IMAGES.dns}`,
              imagePullPolicy: "Never",
              args: ["-conf", "/etc/coredns/Corefile"],
              ports: [
                { name: "dns", containerPort: 53, protocol: "UDP" },
                { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
              ],
              readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
              volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: "coredns" } }],
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace: SYSTEM },
    spec: {
      clusterIP: NETWORK.dns,
      selector: DNS_LABELS,
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: "dns" },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: "dns-tcp" },
      ],
    },
  },
];

/**
 * The default class. Its volumes are folders of the node, of type `local`, so that `fsGroup` counts as it does for real
 * storage; they belong to root, as the root of a fresh file system does.
 */
export const storage: readonly Manifest[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: STORAGE } },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: "local-path",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true", defaultVolumeType: "local" },
    },
    provisioner: "rancher.io/local-path",
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
  },
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-path-config", namespace: STORAGE },
    data: {
      "config.json": json(volumes()),
      setup: '#!/bin/sh\nset -eu\nmkdir -m 0755 -p "$VOL_DIR"\n',
      teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
      "helperPod.yaml": json({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "helper-pod" },
        spec: { containers: [{ name: "helper-pod", image: `docker.io/${IMAGES.base}`, imagePullPolicy: "Never" }] },
      }),
    },
  },
];
