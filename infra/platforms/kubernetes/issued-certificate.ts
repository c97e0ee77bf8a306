// The public names' certificate, where a secret of the cluster holds it: mounted, and read again when it is renewed.
import { ISSUED_CERTIFICATE } from "../../catalogue/traefik-routes";
import type { Override } from "../platform";
import type { KubernetesService, Manifest } from "./object";

/** Traefik with the certificate that somebody else keeps in the secret that the stack names. Its pods wait until there is one. */
export const traefikIssued: Override<KubernetesService> = ({ objects }, _spec, { environment }) => {
  const { issuer, secretName } = environment.tls;
  if (issuer !== "secret" || secretName === undefined) return { objects };
  return {
    objects: objects.map((one) =>
      one.manifest.kind === "Deployment" ? { ...one, manifest: withIssued(one.manifest, secretName) } : one,
    ),
  };
};

function withIssued(manifest: Manifest, secretName: string): Manifest {
  const body = manifest.spec as { readonly template: { readonly spec: Pod } };
  const { spec: pod, ...template } = body.template;
  return {
    ...manifest,
    spec: {
      ...body,
      template: {
        ...template,
        spec: {
          ...pod,
          containers: pod.containers.map((container) => ({
            ...container,
            volumeMounts: [
              ...container.volumeMounts,
              { name: "issued", mountPath: ISSUED_CERTIFICATE, readOnly: true },
            ],
            livenessProbe: { ...container.livenessProbe, exec: { command: untilRenewed(container) } },
          })),
          volumes: [...pod.volumes, { name: "issued", secret: { secretName, defaultMode: 0o440 } }],
        },
      },
    },
  };
}

/**
 * Traefik reads certificates when it starts. One that came later than this container ends it, after the patience of its probe;
 * the log of its end is made anew with each container.
 */
function untilRenewed({ livenessProbe }: Container): readonly string[] {
  return [
    ...["/bin/sh", "-c", `"$@" && test ! ${ISSUED_CERTIFICATE}/..data -nt /dev/termination-log`, "sh"],
    ...livenessProbe.exec.command,
  ];
}

interface Container {
  readonly volumeMounts: readonly object[];
  readonly livenessProbe: { readonly exec: { readonly command: readonly string[] } };
  readonly [field: string]: unknown;
}
interface Pod {
  readonly containers: readonly Container[];
  readonly volumes: readonly object[];
  readonly [field: string]: unknown;
}
