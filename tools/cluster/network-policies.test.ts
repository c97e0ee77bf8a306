// NetworkPolicies as rules of the packet filter.
import type { V1NetworkPolicy, V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { packetFilter } from "./network-policies";

const pod = (namespace: string, app: string, podIP: string): V1Pod => ({
  metadata: { name: app, namespace, labels: { app } },
  spec: { containers: [{ name: app, ports: [{ name: "sql", containerPort: 5432 }] }] },
  status: { podIP, phase: "Running" },
});
const policy = (spec: NonNullable<V1NetworkPolicy["spec"]>): V1NetworkPolicy => ({
  metadata: { namespace: "shop" },
  spec,
});
const namespaces = ["shop", "kube-system"].map((name) => ({
  metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
}));
const pods = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2"), pod("kube-system", "dns", "10.0.0.3")];

/** The rules beyond those that are always there. */
function rules(...policies: readonly V1NetworkPolicy[]): readonly string[] {
  const lines = packetFilter({ pods, namespaces, policies }).split("\n");
  return lines.filter((line) => /^-A GW-(IN|E)GRESS/.test(line)).map((line) => line.replace(/ --reject-with \S+$/, ""));
}

test("without policies nothing is refused", () => {
  expect(rules()).toEqual([]);
});

test("default deny refuses every pod of its namespace, and no other", () => {
  expect(rules(policy({ podSelector: {}, policyTypes: ["Ingress"] }))).toEqual([
    "-A GW-INGRESS -d 10.0.0.1 -j REJECT",
    "-A GW-INGRESS -d 10.0.0.2 -j REJECT",
  ]);
});

test("a rule allows its peers at its ports, by number and by name", () => {
  const db = { podSelector: { matchLabels: { app: "db" } }, policyTypes: ["Ingress"] };
  const web = [{ podSelector: { matchLabels: { app: "web" } } }];
  expect(
    rules(policy({ ...db, ingress: [{ _from: web, ports: [{ port: "sql" }, { port: 8008, protocol: "TCP" }] }] })),
  ).toEqual([
    "-A GW-INGRESS -d 10.0.0.2 -s 10.0.0.1/32 -p tcp --dport 5432 -j RETURN",
    "-A GW-INGRESS -d 10.0.0.2 -s 10.0.0.1/32 -p tcp --dport 8008 -j RETURN",
    "-A GW-INGRESS -d 10.0.0.2 -j REJECT",
  ]);
});

test("peers may be of another namespace, or ranges with exceptions", () => {
  const to = [
    { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } },
    { ipBlock: { cidr: "192.0.2.0/30", except: ["192.0.2.0/31"] } },
    { ipBlock: { cidr: "::/0" } },
  ];
  const web = { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Egress"] };
  expect(rules(policy({ ...web, egress: [{ to, ports: [{ port: 53, protocol: "UDP" }] }] }))).toEqual([
    "-A GW-EGRESS -s 10.0.0.1 -d 10.0.0.3/32 -p udp --dport 53 -j RETURN",
    "-A GW-EGRESS -s 10.0.0.1 -d 192.0.2.2/31 -p udp --dport 53 -j RETURN",
    "-A GW-EGRESS -s 10.0.0.1 -j REJECT",
  ]);
});

test("a rule without peers allows anybody, one without ports everything", () => {
  const db = { podSelector: { matchLabels: { app: "db" } } };
  expect(rules(policy({ ...db, ingress: [{}] }))).toEqual([
    "-A GW-INGRESS -d 10.0.0.2 -j RETURN",
    "-A GW-INGRESS -d 10.0.0.2 -j REJECT",
  ]);
});

test("a policy means the same as the API server sends it", () => {
  const db = { podSelector: { matchLabels: { app: "db" } } };
  const web = [{ podSelector: { matchLabels: { app: "web" } } }];
  const sent = policy({ ...db, ingress: [{ from: web } as object] });
  expect(rules(sent)).toEqual(rules(policy({ ...db, ingress: [{ _from: web }] })));
  expect(rules(sent)).toHaveLength(2);
});
