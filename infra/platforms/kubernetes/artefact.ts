// A rendered service as a reader would meet it: the manifests in YAML, secrets as placeholders. For golden files and previews.
import { stringify } from "yaml";
import type { Piece } from "../flatten";
import { CHECKSUM, type KubernetesObject, type KubernetesService } from "./object";

/** The YAML of a rendered service; `${secret:redis}` and `${key:minio}` stand where a value comes from state. */
export function artefact({ objects }: KubernetesService): string {
  return objects
    .map(
      (object) => `${heading(object)}${stringify(manifestOf(object), { lineWidth: 0, aliasDuplicateObjects: false })}`,
    )
    .join("---\n");
}

/** What registration knows of an object besides its manifest, as comments. */
function heading({ name, stateful, awaits, recreate, checksumOf }: KubernetesObject): string {
  const facts = [
    name,
    ...(stateful ? ["keeps data"] : []),
    ...(awaits === "nothing" ? [] : [`awaited until ${awaits}`]),
    ...(recreate ? ["made anew when it changes"] : []),
    ...(checksumOf.length > 0 ? [`${CHECKSUM} over ${checksumOf.join(", ")}`] : []),
  ];
  return `# ${facts.join("; ")}\n`;
}

function manifestOf({ manifest, data }: KubernetesObject): object {
  if (Object.keys(data).length === 0) return manifest;
  const written = Object.fromEntries(
    Object.entries(data).map(([key, pieces]) => [key, pieces.map(placeholder).join("")]),
  );
  return { ...manifest, [dataField(manifest)]: written };
}

/** The field of a manifest that takes its data as text. */
export function dataField({ kind }: { readonly kind: string }): "data" | "stringData" {
  return kind === "Secret" ? "stringData" : "data";
}

function placeholder(piece: Piece): string {
  if (typeof piece === "string") return piece;
  return piece.ref === "secret" ? `\${secret:${piece.name}}` : `\${${piece.part}:${piece.of}}`;
}
