// What must hold in a cluster before `up` changes anything: version, rights, storage, images, the API server's address.
import { BlockList, isIPv6 } from "node:net";
import type { Environment } from "../../infra/environment";
import type { Problem } from "../../infra/lib/errors";
import { clusterOf, namespaceOf, namespacesOf } from "../../infra/platforms/kubernetes/address";
import { STACK_LABEL } from "../../infra/platforms/kubernetes/labels";
import type { RenderContext } from "../../infra/platforms/platform";
import { type Cluster, isStatus } from "../../tools/providers/kubernetes/cluster";
import type { Live } from "../../tools/providers/kubernetes/identity";
import { CLUSTER_WIDE, NAMESPACED, requireCluster, stackCluster } from "./cluster";
import { imageProblems } from "./cluster-images";
import { Failure } from "./failure";

/** The oldest minor version with every field that the platform uses. */
const OLDEST_MINOR = 29;

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

/** Everything in the way of running the stack on its cluster; only that, when the cluster does not answer. */
export async function clusterPreflight(context: RenderContext): Promise<readonly Problem[]> {
  const { environment } = context;
  let version: string;
  try {
    version = await requireCluster(environment);
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
  const cluster = stackCluster(environment);
  const found = await Promise.all([
    versionProblems(version),
    rightsProblems(cluster, environment),
    namespaceProblems(cluster, environment),
    storageProblems(cluster, context),
    addressProblems(cluster, environment),
    imageProblems(cluster, context),
  ]);
  return found.flat();
}

/** What the cluster may not promise, as far as one can see from outside. */
export async function clusterNotes(environment: Environment): Promise<readonly string[]> {
  const cluster = stackCluster(environment);
  const [daemons, admits] = await Promise.all([
    cluster.get<{ items: Live[] }>("/apis/apps/v1/daemonsets").catch(() => undefined),
    admitsRoot(cluster, namespaceOf(environment)).catch(() => undefined),
  ]);
  const enforcers = /calico|cilium|antrea|weave|kube-router|ovn|romana|canal|aws-node|azure-npm|netd/;
  const enforced = (daemons?.items ?? []).some(({ metadata }) => enforcers.test(metadata.name));
  return [
    ...(enforced
      ? []
      : ["network policies: nothing that enforces them was recognised in the cluster; test it before relying on them"]),
    ...(admits ? ["pod security: the namespace admits a pod that runs as root; its admission is switched off"] : []),
  ];
}

/** Problems of a version such as `v1.34.4`. */
export function versionProblems(version: string): readonly Problem[] {
  const [, major = "0", minor = "0"] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) > 1 || Number(minor) >= OLDEST_MINOR) return [];
  return [
    {
      path: "cluster",
      fact: `must be version 1.${OLDEST_MINOR} or newer, got ${version}`,
      hint: "upgrade the cluster",
    },
  ];
}

async function rightsProblems(cluster: Cluster, environment: Environment): Promise<readonly Problem[]> {
  const namespaces = namespacesOf(environment);
  const asked = [
    ...namespaces.flatMap((namespace) => NAMESPACED.map((kind) => ({ kind, namespace }))),
    ...CLUSTER_WIDE.map((kind) => ({ kind, namespace: "" })),
  ].flatMap((what) => ["create", "patch", "delete"].map((verb) => ({ ...what, verb })));
  const refused = await Promise.all(
    asked.map(async ({ kind: [apiVersion, kind], namespace, verb }) => {
      const path = await cluster.pathOf({ apiVersion, kind, name: "", ...(namespace !== "" && { namespace }) });
      const resource = path.slice(path.lastIndexOf("/") + 1);
      const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
      const body = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb, group, resource, ...(namespace !== "" && { namespace }) } },
      };
      const answer = await cluster.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { body });
      const { allowed } = (answer.body as { status: { allowed: boolean } }).status;
      return allowed
        ? []
        : [{ place: namespace === "" ? "the cluster" : `namespace ${namespace}`, what: `${verb} ${resource}` }];
    }),
  );
  const places = new Map<string, string[]>();
  for (const { place, what } of refused.flat()) places.set(place, [...(places.get(place) ?? []), what]);
  return [...places].map(([place, what]) => ({
    path: `rights in ${place}`,
    fact: `may not ${what.join(", ")}`,
    hint: "use a context whose user has these rights",
  }));
}

async function namespaceProblems(cluster: Cluster, environment: Environment): Promise<readonly Problem[]> {
  const { stack } = environment;
  const found = await Promise.all(
    namespacesOf(environment).map((name) => cluster.get<Live>(`/api/v1/namespaces/${name}`)),
  );
  return found
    .filter((namespace) => namespace !== undefined)
    .filter(({ metadata }) => metadata.labels?.[STACK_LABEL] !== stack)
    .map(({ metadata }) => ({
      path: `stacks/Pulumi.${stack}.yaml: kubernetes/namespace`,
      fact: `namespace ${metadata.name} exists, and does not belong to stack ${stack}`,
      hint: "choose another name: a stack has its namespaces alone",
    }));
}

async function storageProblems(
  cluster: Cluster,
  { environment, services }: RenderContext,
): Promise<readonly Problem[]> {
  const list = await cluster.get<{ items: Live[] }>("/apis/storage.k8s.io/v1/storageclasses");
  const { storageClass, storageClasses } = clusterOf(environment);
  const wanted = services.filter(({ volumes }) => Object.keys(volumes).length > 0);
  return storageClassProblems(
    `stacks/Pulumi.${environment.stack}.yaml: kubernetes`,
    {
      storageClass,
      storageClasses,
      needsDefault: wanted.some(({ name }) => (storageClasses[name] ?? storageClass) === undefined),
    },
    list?.items ?? [],
  );
}

/** Storage classes that are named and not there, or a default that is needed and not there. Pure. */
export function storageClassProblems(
  path: string,
  wanted: {
    readonly storageClass: string | undefined;
    readonly storageClasses: Readonly<Record<string, string>>;
    readonly needsDefault: boolean;
  },
  found: readonly Pick<Live, "metadata">[],
): readonly Problem[] {
  const names = found.map(({ metadata }) => metadata.name);
  const named = [
    ...(wanted.storageClass === undefined ? [] : [["storageClass", wanted.storageClass] as const]),
    ...Object.entries(wanted.storageClasses).map(([service, name]) => [`storageClasses/${service}`, name] as const),
  ];
  const hint = `the cluster has ${names.join(", ") || "none"}`;
  const hasDefault = found.some(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === "true");
  return [
    ...named
      .filter(([, name]) => !names.includes(name))
      .map(([value, name]) => ({ path: `${path}/${value}`, fact: `there is no storage class ${name}`, hint })),
    ...(wanted.needsDefault && !hasDefault
      ? [{ path: `${path}/storageClass`, fact: "is needed, since the cluster has no default storage class", hint }]
      : []),
  ];
}

/** Patroni may reach the API server only at the addresses that the stack states. */
async function addressProblems(cluster: Cluster, environment: Environment): Promise<readonly Problem[]> {
  const path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
  const list = await cluster
    .get<{ items: { endpoints?: { addresses: string[] }[]; ports?: { port: number }[] }[] }>(path, undefined, {
      labelSelector: "kubernetes.io/service-name=kubernetes",
    })
    .catch((error) => {
      if (isStatus(error, 403)) return undefined;
      throw error;
    });
  const slices = list?.items ?? [];
  const { ranges, port } = clusterOf(environment).apiServer;
  const addresses = slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((each) => each.addresses));
  const ports = [...new Set(slices.flatMap(({ ports: all }) => (all ?? []).map((each) => each.port)))];
  const where = `stacks/Pulumi.${environment.stack}.yaml: kubernetes/apiServer`;
  const outside = addresses.filter((address) => !within(address, ranges));
  return [
    ...(outside.length > 0
      ? [
          {
            path: `${where}/ranges`,
            fact: `must hold ${outside.join(", ")}, got ${ranges.join(", ")}`,
            hint: "Patroni could not keep its records",
          },
        ]
      : []),
    ...(ports.length > 0 && !ports.includes(port)
      ? [
          {
            path: `${where}/port`,
            fact: `must be ${ports.join(" or ")}, got ${port}`,
            hint: "Patroni could not keep its records",
          },
        ]
      : []),
  ];
}

/** Whether an address lies in one of the ranges, each written as `10.0.0.0/8`. */
export function within(address: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    const family = isIPv6(network) ? "ipv6" : "ipv4";
    list.addSubnet(network, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Whether the namespace admits what `restricted` refuses; undefined while it does not exist. */
async function admitsRoot(cluster: Cluster, namespace: string): Promise<boolean | undefined> {
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "admission-probe" },
    spec: { containers: [{ name: "probe", image: "probe", securityContext: { privileged: true, runAsUser: 0 } }] },
  };
  try {
    await cluster.request("POST", `/api/v1/namespaces/${namespace}/pods`, { body, query: { dryRun: "All" } });
    return true;
  } catch (error) {
    if (isStatus(error, 403)) return false;
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
