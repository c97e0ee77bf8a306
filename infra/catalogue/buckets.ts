// The buckets and the S3 users of a stack as data, and the file that `minio-setup` applies.
import { type Duration, seconds } from "../lib/units";
import type { SecretName } from "./secrets";

export interface Bucket {
  readonly name: string;
  readonly purpose: string;
  /** `public`: anyone may read an object whose name they know; nobody may list. Private ones are read through signed URLs. */
  readonly access: "private" | "public";
  readonly versioning: boolean;
  /** Upper bound of all versions together, in bytes. */
  readonly quota: number;
  /** When objects below a prefix expire. */
  readonly expire: readonly { readonly prefix: string; readonly after: Duration }[];
  /** How long what was deleted or overwritten can be brought back. */
  readonly recoverable: Duration;
  /** No version can be deleted before this age, by anyone without the right to bypass it. @default - not locked */
  readonly lock?: Duration;
  /** MIME types of its objects; S3 has no such rule, the storage service refuses others. Empty: all. */
  readonly allowedTypes: readonly string[];
}

/** What a user may do in a bucket. */
export type Access = "read" | "read-write";

export interface BucketUser {
  /** Access key. */
  readonly name: string;
  readonly purpose: string;
  /** Secret key. */
  readonly secret: SecretName;
  readonly grants: Readonly<Record<string, Access>>;
  /** Administrative actions, e.g. `admin:Heal`. @default - none */
  readonly administration?: readonly string[];
}

export interface Buckets {
  readonly buckets: readonly Bucket[];
  readonly users: readonly BucketUser[];
}

/** Bucket of the backup jobs, the same everywhere. */
export const BACKUPS = "backups";
/** Bucket of the storage service: each environment has its own name, so that copies of two can lie in one off-site store. */
export const storageBucket = (environment: string): string => `storage-${environment}`;

/** The buckets and users of an environment that can store `capacity` bytes after erasure coding. */
export function buckets({ environment, capacity }: { environment: string; capacity: number }): Buckets {
  const storage = storageBucket(environment);
  return {
    buckets: [
      {
        name: storage,
        purpose: "files of the application",
        access: "private",
        versioning: true,
        quota: Math.floor(capacity * 0.6),
        expire: [
          { prefix: "temp/", after: "1 days" },
          { prefix: "exports/", after: "30 days" },
        ],
        recoverable: "30 days",
        allowedTypes: [
          "image/avif",
          "image/gif",
          "image/jpeg",
          "image/png",
          "image/webp",
          "audio/*",
          "video/*",
          "application/pdf",
        ],
      },
      {
        name: BACKUPS,
        purpose: "database backups",
        access: "private",
        versioning: true,
        quota: Math.floor(capacity * 0.3),
        expire: [],
        recoverable: "30 days",
        lock: "30 days",
        allowedTypes: [],
      },
    ],
    users: [
      { name: "storage", purpose: "storage service", secret: "minio-storage", grants: { [storage]: "read-write" } },
      {
        name: "backup",
        purpose: "backup jobs",
        secret: "minio-backup",
        grants: { [BACKUPS]: "read-write", [storage]: "read" },
      },
      {
        name: "heal",
        purpose: "repair of drives",
        secret: "minio-heal",
        grants: {},
        administration: ["admin:Heal", "admin:ServerInfo"],
      },
    ],
  };
}

/** The actions behind each access, on the bucket and on its objects. */
const ACTIONS: Readonly<Record<Access, { readonly bucket: readonly string[]; readonly objects: readonly string[] }>> = {
  read: { bucket: ["s3:GetBucketLocation", "s3:ListBucket"], objects: ["s3:GetObject"] },
  "read-write": {
    bucket: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
    objects: [
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ],
  },
};

/** The IAM policy of a user: nothing but its grants. */
export function policyOf({ grants, administration = [] }: BucketUser): object {
  return {
    Version: "2012-10-17",
    Statement: [
      ...Object.entries(grants).flatMap(([bucket, access]) => [
        { Effect: "Allow", Action: ACTIONS[access].bucket, Resource: [arn(bucket)] },
        { Effect: "Allow", Action: ACTIONS[access].objects, Resource: [arn(`${bucket}/*`)] },
        // MinIO lets whoever may delete an object delete its old versions too, unless that is denied.
        { Effect: "Deny", Action: ["s3:DeleteObjectVersion"], Resource: [arn(`${bucket}/*`)] },
      ]),
      ...(administration.length > 0 ? [{ Effect: "Allow", Action: administration }] : []),
    ],
  };
}

/** What `minio-setup` reads: everything in S3's own terms, nothing secret. */
export function declaration({ buckets, users }: Buckets): object {
  return {
    buckets: buckets.map((bucket) => ({
      name: bucket.name,
      quota: bucket.quota,
      lockDays: bucket.lock === undefined ? 0 : inDays(bucket.lock),
      lifecycle: { Rules: lifecycleRules(bucket) },
      policy: bucket.access === "public" ? publicPolicy(bucket) : null,
    })),
    users: users.map((user) => ({ name: user.name, policy: policyOf(user) })),
  };
}

function lifecycleRules({ expire, recoverable }: Bucket): readonly object[] {
  return [
    {
      ID: "deleted",
      Status: "Enabled",
      Expiration: { ExpiredObjectDeleteMarker: true },
      NoncurrentVersionExpiration: { NoncurrentDays: inDays(recoverable) },
    },
    ...expire.map(({ prefix, after }) => ({
      ID: prefix.replaceAll("/", "-").slice(0, -1),
      Status: "Enabled",
      Filter: { Prefix: prefix },
      Expiration: { Days: inDays(after) },
    })),
  ];
}

function publicPolicy({ name }: Bucket): object {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: ["*"] }, Action: ["s3:GetObject"], Resource: [arn(`${name}/*`)] }],
  };
}

const arn = (resource: string) => `arn:aws:s3:::${resource}`;
/** Days of a duration, which S3 counts in. */
export const inDays = (duration: Duration) => seconds(duration) / seconds("1 days");
