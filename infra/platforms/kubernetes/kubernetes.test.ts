// The kubernetes platform: the conformance suite on every committed stack, and what is Kubernetes' own.
import { describe, expect, test } from "vitest";
import type { ServiceName } from "../../catalogue/spec";
import { exec, self, service } from "../../catalogue/spec";
import { podOf, type Source, workloadOf } from "../../testing/manifests";
import { admits } from "../../testing/network-policies";
import { specOf } from "../../testing/rig";
import { STACKS_ON, stackContext } from "../../testing/stack-context";
import { conformance, type RenderedView } from "../conformance";
import { renderService } from "../platform";
import { address, names } from "./address";
import { kubernetes } from "./kubernetes";
import type { KubernetesService, Manifest } from "./object";

function view(rendered: KubernetesService): RenderedView {
  const { metadata, spec } = workloadOf(rendered) as Manifest & { readonly spec: { readonly replicas?: number } };
  const { containers, volumes = [] } = podOf(rendered);
  const [container] = containers;
  const scaler = rendered.objects.find(({ manifest }) => manifest.kind === "HorizontalPodAutoscaler")?.manifest;
  const count = (scaler?.spec as { readonly minReplicas: number } | undefined)?.minReplicas ?? spec.replicas ?? 1;
  const probe = container.readinessProbe?.exec.command;
  return {
    copies: Array.from({ length: count }, (_, ordinal) => ({
      name: `${metadata.name}-${ordinal}`,
      inspectable: [
        ...(container.args ?? []),
        ...(container.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`])),
        ...(probe ?? []),
        ...(container.livenessProbe?.exec.command ?? []),
      ],
      probe,
      // What others keep is not delivered by the stack.
      files: volumes
        .filter(({ name }) => name === "files")
        .flatMap(({ projected }) => (projected?.sources ?? []).flatMap(filesOf)),
      secretVariables: (container.env ?? []).flatMap(({ name, valueFrom }) =>
        valueFrom?.secretKeyRef === undefined ? [] : [name],
      ),
      mounts: (container.volumeMounts ?? []).map(({ mountPath }) => mountPath),
    })),
  };
}

function filesOf(source: Readonly<Record<string, Source>>): readonly { name: string; secret: boolean }[] {
  return Object.entries(source).flatMap(([kind, { items }]) =>
    items.map(({ path }) => ({ name: path, secret: kind === "secret" })),
  );
}

for (const stack of STACKS_ON.kubernetes)
  conformance(kubernetes, stackContext(stack, kubernetes), view, { reaches: admits, exact: true });

const context = stackContext("prod", kubernetes);
const spec = (name: ServiceName) => specOf(context, name);
const rendered = (name: ServiceName) => renderService(kubernetes, spec(name), context);

describe("addresses", () => {
  test("a role is a name of its own, which the cluster follows", () => {
    expect(address({ ref: "endpoint", service: "postgres", port: "primary", form: "host" }, context)).toEqual([
      { name: "postgres", host: "postgres-primary.prod.svc", port: 5432 },
    ]);
  });

  test("members have addresses of their own", () => {
    expect(
      address({ ref: "peers", service: "minio", port: "api", format: "", separator: "" }, context).map(
        ({ host }) => host,
      ),
    ).toEqual([0, 1, 2, 3].map((n) => `minio-${n}.minio-members.prod.svc`));
  });

  test("a certificate is valid for the service, its copies and its roles", () => {
    expect(names(spec("postgres"), context)).toEqual(
      expect.arrayContaining([
        "postgres.prod.svc",
        "postgres-primary.prod.svc",
        "postgres-replica.prod.svc",
        "postgres-2.postgres-members.prod.svc",
        "localhost",
      ]),
    );
  });

  test("a member tells its peers the name under which they find it", () => {
    const { env = [] } = podOf(rendered("postgres")).containers[0];
    expect(env).toEqual(
      expect.arrayContaining([
        { name: "PATRONI_NAME", value: "$(POD_NAME)" },
        { name: "PATRONI_RESTAPI_CONNECT_ADDRESS", value: "$(POD_NAME).postgres-members.prod.svc:8008" },
      ]),
    );
  });
});

test("what kubernetes cannot do is refused with its reason", () => {
  const naming = service("imgproxy", { ...spec("imgproxy"), ready: exec("ask", self("host")) });
  const roles = { ...spec("minio"), roles: { primary: "api" } };
  expect(
    [naming, roles].flatMap((one) => kubernetes.unsupported(one, context)).map(({ path, fact }) => `${path}: ${fact}`),
  ).toEqual([
    "imgproxy/ready: refers to the copy's own name, which kubernetes does not put into a probe",
    "minio/roles: nothing on kubernetes follows its roles",
  ]);
});
