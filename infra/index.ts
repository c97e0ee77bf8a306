// The Pulumi program: stack values + platform → components. No decisions here.
import * as pulumi from "@pulumi/pulumi";
import { readImageLock } from "../tools/image-lock";
import { imageTags } from "../tools/images";
import { ROOT } from "../tools/paths";
import { imageReference } from "./catalogue/images";
import { PlatformStack } from "./components/platform-stack";
import { configValues, parseEnvironment } from "./environment";
import { readFunctions } from "./function-files";
import { plan } from "./plan";
import { dockerRegistrar } from "./platforms/docker/register";
import { endpoints } from "./platforms/endpoints";
import { kubernetesRegistrar } from "./platforms/kubernetes/register";
import type { RenderContext } from "./platforms/platform";
import { PLATFORMS } from "./platforms/platforms";

/** Each platform with its registrar. */
const STACKS = {
  docker: (context: RenderContext) =>
    new PlatformStack("platform", { platform: PLATFORMS.docker, registrar: dockerRegistrar, context }),
  kubernetes: (context: RenderContext) =>
    new PlatformStack("platform", { platform: PLATFORMS.kubernetes, registrar: kubernetesRegistrar, context }),
} as const;

const secretKeys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]");
const environment = parseEnvironment(pulumi.getStack(), configValues(pulumi.runtime.allConfig(), secretKeys));
const [tags, digests] = [imageTags(), readImageLock()];
const context = plan(
  environment,
  PLATFORMS[environment.platform],
  (name) => imageReference(name, environment, tags, digests),
  readFunctions(ROOT, environment.functions),
);
const platform = STACKS[environment.platform](context);

export const urls = Object.fromEntries(endpoints(environment, context.services).map(({ name, url }) => [name, url]));
/** What clients must trust. */
export const authority = platform.authority;
/** Print one with `./groundwork secret NAME`. */
export const secrets = platform.secrets;
