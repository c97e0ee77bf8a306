// Asks a cluster's API server about manifests: what it would refuse, and what it warns of.
import { type RequestOptions, request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Manifest } from "../platforms/kubernetes/object";

/** Paths of the kinds that are rendered; a kind that is missing here fails its test. */
const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: "configmaps",
  CronJob: "cronjobs",
  DaemonSet: "daemonsets",
  Deployment: "deployments",
  HorizontalPodAutoscaler: "horizontalpodautoscalers",
  Job: "jobs",
  Namespace: "namespaces",
  NetworkPolicy: "networkpolicies",
  PodDisruptionBudget: "poddisruptionbudgets",
  PriorityClass: "priorityclasses",
  Role: "roles",
  RoleBinding: "rolebindings",
  Secret: "secrets",
  Service: "services",
  ServiceAccount: "serviceaccounts",
  StatefulSet: "statefulsets",
};

/** What the server says to one manifest: nothing, if it is well. */
export type Verdict = readonly string[];

/** The API server of the kubeconfig that `KUBECONFIG` names. */
export class ApiServer {
  readonly #config = new KubeConfig();

  constructor() {
    this.#config.loadFromDefault();
  }

  /** Server-side apply with strict validation, as a dry run unless `keep`. Errors and warnings, each as one line. */
  async apply(manifest: Manifest, { keep = false } = {}): Promise<Verdict> {
    const query = new URLSearchParams({
      fieldManager: "groundwork",
      fieldValidation: "Strict",
      force: "true",
      ...(!keep && { dryRun: "All" }),
    });
    const { status, warnings, body } = await this.#send("PATCH", `${pathOf(manifest)}?${query}`, manifest);
    return [...(status < 300 ? [] : [messageOf(body)]), ...warnings];
  }

  /** Removes an object, with all that is in it; what is not there is removed already. */
  async remove(manifest: Manifest): Promise<void> {
    await this.#send("DELETE", pathOf(manifest));
  }

  async #send(method: string, path: string, sent?: unknown) {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new Error("KUBECONFIG names no cluster; `./groundwork cluster up` starts one");
    const options: RequestOptions = { method, headers: { "content-type": "application/apply-patch+yaml" } };
    await this.#config.applyToHTTPSOptions(options);
    return new Promise<{ status: number; warnings: readonly string[]; body: string }>((resolve, reject) => {
      const asked = request(new URL(path, cluster.server), { ...options, timeout: 30_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const warnings = response.headersDistinct.warning ?? [];
          resolve({ status: response.statusCode ?? 0, warnings, body: Buffer.concat(chunks).toString() });
        });
      });
      asked.on("timeout", () => asked.destroy(new Error(`the API server did not answer ${method} ${path}`)));
      asked.on("error", reject);
      asked.end(sent === undefined ? undefined : JSON.stringify(sent));
    });
  }
}

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string {
  const plural = PLURALS[kind];
  if (plural === undefined) throw new Error(`${kind}: name its path in infra/testing/api-server.ts`);
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return [root, ...(namespace === undefined ? [] : ["namespaces", namespace]), plural, name].join("/");
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { readonly message?: string }).message ?? body;
  } catch {
    return body;
  }
}
