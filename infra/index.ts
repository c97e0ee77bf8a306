// The Pulumi program: stack values + platform → components. No decisions here.
import * as pulumi from "@pulumi/pulumi";
import { imageTags } from "../tools/images";
import { ROOT } from "../tools/paths";
import { imageReference } from "./catalogue/images";
import { PlatformStack } from "./components/platform-stack";
import { configValues, parseEnvironment } from "./environment";
import { readFunctions } from "./function-files";
import { plan } from "./plan";
import { docker } from "./platforms/docker/docker";
import { endpoints } from "./platforms/docker/endpoints";
import { dockerRegistrar } from "./platforms/docker/register";

const secretKeys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]");
const environment = parseEnvironment(pulumi.getStack(), configValues(pulumi.runtime.allConfig(), secretKeys));
const tags = imageTags();
const context = plan(
  environment,
  docker,
  (name) => imageReference(name, environment, tags),
  readFunctions(ROOT, environment.functions),
);
const platform = new PlatformStack("platform", { platform: docker, registrar: dockerRegistrar, context });

export const urls = Object.fromEntries(endpoints(environment, context.services).map(({ name, url }) => [name, url]));
/** What clients must trust. */
export const authority = platform.authority;
/** Print one with `./groundwork secret NAME`. */
export const secrets = platform.secrets;
