// What is delivered to a service: its files, public ones as ConfigMap and the others as Secret, and variables that hold secrets.
import { FILES, type ServiceSpec } from "../../catalogue/spec";
import { isSecret, type Piece } from "../flatten";
import type { RenderContext } from "../platform";
import { metadataOf } from "./metadata";
import { type KubernetesObject, type Manifest, object } from "./object";
import { delivered, resolverOf } from "./texts";

type Data = Readonly<Record<string, readonly Piece[]>>;

/** Name of the volume that brings all delivered files together. */
const FILES_VOLUME = "files";

/** The objects that hold what is delivered to `spec`; none that would be empty. */
export function configuration(spec: ServiceSpec, context: RenderContext): readonly KubernetesObject[] {
  const { open, secret } = files(spec, context);
  const resolver = resolverOf(spec, context);
  const variables = Object.fromEntries(
    Object.entries(spec.secretEnv).map(([name, value]) => [name, delivered(value, resolver)]),
  );
  const held = (kind: "ConfigMap" | "Secret", what: string, data: Data) =>
    Object.keys(data).length === 0
      ? []
      : [object(`${spec.name}/${kind.toLowerCase()}/${what}`, holder(kind, what, spec, context), { data })];
  return [
    ...held("ConfigMap", "files", open),
    ...held("Secret", "files", secret),
    ...held("Secret", "variables", variables),
  ];
}

function holder(kind: "ConfigMap" | "Secret", what: string, spec: ServiceSpec, context: RenderContext): Manifest {
  const metadata = metadataOf(spec, context, holderName(spec, what));
  return { apiVersion: "v1", kind, metadata, ...(kind === "Secret" && { type: "Opaque" }) };
}

/** Variables that take their value from the Secret. */
export function secretVariables(spec: ServiceSpec): readonly object[] {
  return Object.keys(spec.secretEnv).map((name) => ({
    name,
    valueFrom: { secretKeyRef: { name: holderName(spec, "variables"), key: name } },
  }));
}

/** The volume of delivered files and where it is mounted; nothing where there are none. */
export function filesVolume(
  spec: ServiceSpec,
  context: RenderContext,
): { readonly volumes: readonly object[]; readonly mounts: readonly object[] } {
  const { open, secret } = files(spec, context);
  const source = (type: "configMap" | "secret", data: Data) =>
    Object.keys(data).length === 0
      ? []
      : [
          {
            [type]: {
              name: holderName(spec, "files"),
              items: Object.keys(data).map((key) => ({ key, path: pathOf(key) })),
            },
          },
        ];
  const sources = [...source("configMap", open), ...source("secret", secret)];
  if (sources.length === 0) return { volumes: [], mounts: [] };
  return {
    // Files belong to root; the pod's group reads them and nothing more.
    volumes: [{ name: FILES_VOLUME, projected: { defaultMode: 0o440, sources } }],
    mounts: [{ name: FILES_VOLUME, mountPath: FILES, readOnly: true }],
  };
}

function files(spec: ServiceSpec, context: RenderContext): { readonly open: Data; readonly secret: Data } {
  const resolver = resolverOf(spec, context);
  const all = Object.entries(spec.files).map(([name, text]) => [keyOf(name), delivered(text, resolver)] as const);
  return {
    open: Object.fromEntries(all.filter(([, pieces]) => !isSecret(pieces))),
    secret: Object.fromEntries(all.filter(([, pieces]) => isSecret(pieces))),
  };
}

/** Keys have no slashes; the volume puts each file where it belongs. Underscores are doubled, so that no two names meet. */
const keyOf = (name: string): string => name.replaceAll("_", "__").replaceAll("/", "_.");
const pathOf = (key: string): string => key.replaceAll(/__|_\./g, (mark) => (mark === "__" ? "_" : "/"));

/** The name of the object that holds `what` of a service. */
export const holderName = ({ name }: ServiceSpec, what: string): string => `${name}-${what}`;
