// The context of a committed stack as tests want it: its real values, image tags that do not change with every edit.
import { ROOT } from "../../tools/paths";
import { BUILT_IMAGES, type BuiltImageName, imageReference } from "../catalogue/images";
import { GIVEN_KEY, GIVEN_SECRETS, parseEnvironment, readStackFile } from "../environment";
import { readFunctions } from "../function-files";
import { plan } from "../plan";
import type { Platform, RenderContext } from "../platforms/platform";

/** The stacks that are committed under stacks/, by their platform. */
export const STACKS_ON = { docker: ["local", "test", "dev"], kubernetes: ["staging", "prod"] } as const;
/** Every committed stack; the last is staging's shape on the test cluster, whose artefacts would repeat staging's. */
export const STACKS = [...STACKS_ON.docker, ...STACKS_ON.kubernetes, "test-kubernetes"] as const;

const CONTENT_TAGS = Object.fromEntries(
  Object.keys(BUILT_IMAGES).map((name) => [name, `groundwork/${name}:content-hash`]),
) as Record<BuiltImageName, string>;

/** As if somebody had set every secret that only people have. */
export const ALL_GIVEN = Object.fromEntries(
  Object.keys(GIVEN_SECRETS).map((name) => [name, { secure: "v1:encrypted" }]),
);

/**
 * The checked context of a committed stack on `platform`, with `groundwork/<image>:content-hash` for every image.
 * @default changes - the stack's values as they are
 */
export function stackContext<Rendered>(
  stack: string,
  platform: Platform<Rendered>,
  changes: Readonly<Record<string, unknown>> = {},
): RenderContext {
  const environment = parseEnvironment(stack, { ...readStackFile(ROOT, stack), ...changes, [GIVEN_KEY]: ALL_GIVEN });
  return plan(
    environment,
    platform,
    (name) => imageReference(name, environment, CONTENT_TAGS),
    readFunctions(ROOT, environment.functions),
  );
}
