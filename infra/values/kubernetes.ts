// What a stack says about its cluster. Only stacks on kubernetes have this section.
import { z } from "zod";
import { range } from "./quantities";

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, "must be lowercase letters, digits, hyphens and dots");
const namespace = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,56}[a-z0-9])?$/, "must be at most 58 lowercase letters, digits and hyphens");

const pool = (what: string) =>
  z
    .record(
      z.string().regex(/^([a-z0-9.-]+\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/, "must be the key of a label"),
      z.string().regex(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/, "must be the value of a label"),
    )
    .default({})
    .meta({ description: `labels of the nodes for ${what}`, examples: [{ "example.org/pool": "a" }] });

/** The values of the kubernetes platform. */
export const kubernetesValues = {
  kubernetes: z
    .strictObject({
      context: z
        .string()
        .min(1)
        .meta({
          description: "context of the kubeconfig; the current one of a shell is never taken",
          examples: ["staging"],
        }),
      namespace: namespace
        .optional()
        .meta({ description: "namespace of the stack; without it the stack's name", examples: ["staging"] }),
      apiServer: z
        .strictObject({
          ranges: z
            .array(range)
            .min(1)
            .meta({ description: "addresses of the API server behind its service", examples: [["10.0.0.10/32"]] }),
          port: z
            .int()
            .min(1)
            .max(65_535)
            .default(6443)
            .meta({ description: "its port behind its service", examples: [6443] }),
        })
        .meta({
          description: "where Patroni reaches the API server: `kubectl get endpointslices kubernetes` shows it",
          examples: [{ ranges: ["10.0.0.10/32"], port: 6443 }],
        }),
      storageClass: name
        .optional()
        .meta({ description: "class of every volume; without it the cluster's default", examples: ["fast-encrypted"] }),
      storageClasses: z
        .record(z.string(), name)
        .default({})
        .meta({ description: "class of the volumes of single services", examples: [{ minio: "bulk" }] }),
      spread: z
        .enum(["preferred", "required"])
        .default("preferred")
        .meta({
          description: "whether copies must run on different nodes, or only should",
          examples: ["required"],
        }),
      pools: z
        .strictObject({
          application: pool("applications, the edge, Redis and monitoring"),
          database: pool("Postgres and its poolers"),
          storage: pool("the object store"),
        })
        .prefault({})
        .meta({ description: "labels that say which nodes are for what; every node is for everything without" }),
      loadBalancer: z
        .strictObject({
          annotations: z
            .record(z.string(), z.string())
            .default({})
            .meta({
              description: "annotations by which the cluster's provider makes the load balancer",
              examples: [{ "service.beta.kubernetes.io/aws-load-balancer-type": "nlb" }],
            }),
          ranges: z
            .array(range)
            .default([])
            .meta({ description: "addresses that may connect; everyone when empty", examples: [["192.0.2.0/24"]] }),
        })
        .prefault({})
        .meta({ description: "the load balancer in front of Traefik" }),
      egress: z
        .array(range)
        .default([])
        .meta({
          description: "private addresses that services of the edge may reach, besides the internet",
          examples: [["10.20.0.5/32"]],
        }),
      registryCredentials: name.optional().meta({
        description: "object of the namespace with the sign-in to the registry, made by its operator",
        examples: ["registry"],
      }),
    })
    .optional()
    .meta({ description: "the cluster; needed where platform is kubernetes, refused elsewhere" }),
} as const;
