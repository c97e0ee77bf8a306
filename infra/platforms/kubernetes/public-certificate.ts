// The certificate of the public names where somebody else keeps it in a secret of the cluster, as cert-manager does.
import { WATCHED } from "../../catalogue/traefik-static";
import type { Override } from "../platform";
import type { KubernetesService, Manifest } from "./object";
import { holderName } from "./render-configuration";

const VOLUME = "watched";

/**
 * Brings the secret into the folder that Traefik watches, together with its routes. When the secret is renewed the cluster
 * writes the folder anew, and Traefik takes the new certificate without a restart.
 */
export const publicCertificate: Override<KubernetesService> = ({ objects }, spec, { environment: { tls } }) => {
  if (tls.issuer !== "secret") return { objects };
  // In folders of their own: Traefik reads a folder's folders too, and would find each file twice if it lay on top.
  const sources = [
    {
      configMap: {
        name: holderName(spec, "files"),
        items: [{ key: "dynamic.yml", path: "routes/dynamic.yml" }],
      },
    },
    {
      secret: {
        name: tls.secretName,
        items: ["tls.crt", "tls.key"].map((key) => ({ key, path: `public/${key}` })),
      },
    },
  ];
  const volume = { name: VOLUME, projected: { defaultMode: 0o440, sources } };
  return {
    objects: objects.map((one) =>
      one.manifest.kind === "Deployment" ? { ...one, manifest: mounted(one.manifest, volume) } : one,
    ),
  };
};

function mounted(manifest: Manifest, volume: object): Manifest {
  const body = manifest.spec as { readonly template: { readonly spec: PodSpec } };
  const { volumes = [], containers } = body.template.spec;
  return {
    ...manifest,
    spec: {
      ...body,
      template: {
        ...body.template,
        spec: {
          ...body.template.spec,
          volumes: [...volumes, volume],
          containers: containers.map((container) => ({
            ...container,
            volumeMounts: [...(container.volumeMounts ?? []), { name: VOLUME, mountPath: WATCHED, readOnly: true }],
          })),
        },
      },
    },
  };
}

interface PodSpec {
  readonly volumes?: readonly object[];
  readonly containers: readonly { readonly volumeMounts?: readonly object[] }[];
}
