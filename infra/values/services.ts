// The services between database and gateway: how many copies of each, and what they allow.
import { z } from "zod";
import { amount, copies, flag, size } from "./quantities";

const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, "must be a name in the database");

const otherS3 = z.strictObject({
  endpoint: z
    .url("must be a URL")
    .regex(/^https:\/\/[^/?#@]+$/, "must be https:// and a host, without a path")
    .meta({ description: "its address", examples: ["https://s3.eu-central-1.amazonaws.com"] }),
  region: z
    .string()
    .min(1)
    .meta({ description: "the region that signatures name; auto at R2", examples: ["eu-central-1"] }),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be the name of a bucket")
    .meta({ description: "a bucket that is there", examples: ["example-media"] }),
  accessKeyId: z
    .string()
    .min(1)
    .meta({ description: "key that reads, writes and deletes in the bucket", examples: ["EXAMPLE"] }),
  pathStyle: flag(true, "true names the bucket in the path of a request, false in its host"),
});

/** The values of the other Supabase services. */
export const serviceValues = {
  rest: z
    .strictObject({
      copies: copies(1, "PostgREST"),
      schemas: z
        .array(name)
        .min(1)
        .default(["public", "graphql_public"])
        .meta({ description: "schemas that the API shows, the first one by default", examples: [["public"]] }),
      searchPath: z
        .array(name)
        .default(["public", "extensions"])
        .meta({ description: "schemas whose functions and types need no prefix", examples: [["public"]] }),
      maxRows: amount(1000, 100_000, "rows that one answer holds at most"),
      connections: amount(10, 200, "connections of each copy to the database"),
    })
    .prefault({})
    .meta({ description: "the database as REST" }),
  realtime: z
    .strictObject({
      copies: copies(1, "Realtime"),
      messagesPerMinute: amount(1000, 6_000_000, "messages of all clients together in a minute"),
      bytesPerSecond: amount(100_000, 1_000_000_000, "bytes of all clients together in a second"),
      users: amount(200, 1_000_000, "clients that are connected at one time"),
      channelsPerUser: amount(100, 10_000, "channels that one client joins"),
      joinsPerSecond: amount(100, 10_000, "channels that all clients join in a second"),
    })
    .prefault({})
    .meta({ description: "changes, broadcasts and presence over WebSockets" }),
  storage: z
    .strictObject({
      copies: copies(1, "Storage"),
      fileSize: size.default("50 MiB").meta({ description: "largest file", examples: ["50 MiB"] }),
      dailyUpload: size.default("95 MiB").meta({
        description: "what one user may upload in a day (UTC), in all; the default is 100 million bytes, rounded down",
        examples: ["95 MiB"],
      }),
      images: flag(true, "true offers images in other sizes and formats"),
      imagesPerSecond: amount(5, 1000, "images in other sizes that one address may ask for in a second, of each file"),
      s3: otherS3.optional().meta({
        description: "another S3 for the files instead of the stack's MinIO; its key is the secret storage-s3-secret",
        examples: [
          {
            endpoint: "https://s3.eu-central-1.amazonaws.com",
            region: "eu-central-1",
            bucket: "example-media",
            accessKeyId: "EXAMPLE",
          },
        ],
      }),
    })
    .prefault({})
    .meta({ description: "files of the application; they lie in the object store" }),
  imgproxy: z
    .strictObject({
      copies: copies(1, "imgproxy"),
      webp: flag(true, "true sends WebP to browsers that take it"),
      megapixels: z
        .number()
        .min(1)
        .max(200)
        .default(16.8)
        .meta({ description: "largest picture that is taken in, in millions of pixels", examples: [16.8] }),
    })
    .prefault({})
    .meta({ description: "images in other sizes and formats, for Storage" }),
  functions: z
    .strictObject({
      copies: copies(1, "the edge runtime"),
      folder: z
        .string()
        .regex(/^(?!\/)(?!.*\.\.)[\w./-]+$/, "must be a folder of this repository")
        .optional()
        .meta({
          description: "folder of this repository with one subfolder per function; no functions when absent",
          examples: ["examples/functions"],
        }),
      verifyJwt: flag(true, "true refuses a call without a valid token before any function runs"),
      credentials: z
        .record(z.string(), z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, "must be a variable's name"), z.string()))
        .default({})
        .meta({
          description: "per function: variables and the given secrets they hold; no other function sees them",
          examples: [{ notify: { OPENAI_API_KEY: "openai-key" } }],
        }),
    })
    .prefault({})
    .meta({ description: "functions in TypeScript, run by Deno" }),
  studio: z
    .strictObject({
      copies: copies(1, "Studio"),
      organization: z
        .string()
        .min(1)
        .default("Groundwork")
        .meta({ description: "name of the organization", examples: ["Example"] }),
      project: z
        .string()
        .min(1)
        .optional()
        .meta({ description: "name of the project; the stack's name when absent", examples: ["Shop"] }),
      assistant: flag(false, "true offers OpenAI's assistant; its key is the secret openai-key"),
    })
    .prefault({})
    .meta({ description: "the dashboard for tables, users and files" }),
} as const;
