// A Pulumi program that registers as many made services as its configuration says, by way of the platform's own components.
import * as pulumi from "@pulumi/pulumi";
import { PlatformStack } from "../infra/components/platform-stack";
import { kubernetes } from "../infra/platforms/kubernetes/kubernetes";
import { kubernetesRegistrar } from "../infra/platforms/kubernetes/register";
import { madeContext } from "./made-services";

const context = madeContext(kubernetes, new pulumi.Config("bench").requireNumber("services"));
new PlatformStack("platform", { platform: kubernetes, registrar: kubernetesRegistrar, context });
