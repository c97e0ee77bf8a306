// A rendered service as a reader would meet it: YAML in Docker's words, secrets as placeholders. For golden files and previews.
import { stringify } from "yaml";
import type { Piece } from "../flatten";
import type { DockerService } from "./render";

/** The YAML of a rendered service; `${secret:redis}` and `${key:minio}` stand where a value comes from state. */
export function artefact({ volumes, containers }: DockerService): string {
  return stringify(
    {
      volumes,
      containers: containers.map(({ uploads, ...container }) => ({
        ...container,
        uploads: uploads.map(({ content, ...upload }) => ({ ...upload, content: content.map(placeholder).join("") })),
      })),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function placeholder(piece: Piece): string {
  if (typeof piece === "string") return piece;
  return piece.ref === "secret" ? `\${secret:${piece.name}}` : `\${${piece.part}:${piece.of}}`;
}
