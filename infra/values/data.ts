// What keeps data: members, copies, sizes.
import { z } from "zod";
import { size } from "./quantities";

/** The values of the data layer. */
export const dataValues = {
  etcd: z
    .strictObject({
      members: z
        .int()
        .min(1)
        .max(7)
        .default(1)
        .meta({ description: "an odd number of members", examples: [3] }),
    })
    .prefault({})
    .meta({ description: "the consensus store, used only where the platform brings none" }),
  postgres: z
    .strictObject({
      members: z
        .int()
        .min(1)
        .max(9)
        .default(1)
        .meta({
          description: "members of the cluster, one of them primary; with 2 or more the loss of one is survived",
          examples: [2],
        }),
      synchronous: z
        .boolean()
        .default(true)
        .meta({
          description: "true makes a commit wait for a replica, where there is one, so that failover loses none",
          examples: [true],
        }),
      storage: size.default("10 GiB").meta({ description: "data volume of each member", examples: ["10 GiB"] }),
      maxConnections: z
        .int()
        .min(20)
        .max(5_000)
        .default(500)
        .meta({
          description: "ceiling of server connections; clients share them through PgBouncer",
          examples: [500],
        }),
    })
    .prefault({})
    .meta({ description: "the database cluster" }),
  migrations: z
    .string()
    .min(1)
    .default("migrations")
    .meta({
      description: "folder of the application's SQL migrations, from the project's root",
      examples: ["../notes/migrations"],
    }),
  redis: z
    .strictObject({
      copies: z
        .int()
        .min(1)
        .max(7)
        .default(1)
        .meta({
          description: "servers, one of them primary; with 2 or more Sentinel replaces a primary that is lost",
          examples: [3],
        }),
      storage: size.default("1 GiB").meta({ description: "volume of the append-only file", examples: ["1 GiB"] }),
    })
    .prefault({})
    .meta({ description: "cache, sessions and queues" }),
  minio: z
    .strictObject({
      nodes: z
        .int()
        .min(1)
        .max(32)
        .default(1)
        .meta({ description: "servers of the object store", examples: [4] }),
      drives: z
        .int()
        .min(1)
        .max(16)
        .default(1)
        .meta({ description: "drives of each node", examples: [1] }),
      parity: z
        .int()
        .min(0)
        .max(8)
        .default(0)
        .meta({
          description: "drives of an erasure set that may be lost (EC:n), at most half of them",
          examples: [2],
        }),
      storage: size.default("10 GiB").meta({ description: "size of each drive", examples: ["10 GiB"] }),
    })
    .prefault({})
    .meta({ description: "the object store" }),
} as const;
