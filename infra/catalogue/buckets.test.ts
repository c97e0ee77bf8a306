// Buckets and S3 users as data: what the declaration says, and each rule broken once.
import { expect, test } from "vitest";
import { checkBuckets } from "./bucket-rules";
import { BACKUPS, type Bucket, type BucketUser, buckets, declaration, policyOf, storageBucket } from "./buckets";

const CAPACITY = 1_000;
const built = buckets({ environment: "staging", capacity: CAPACITY });
const bucket = (changes: Partial<Bucket>): Bucket => ({
  name: "photos",
  purpose: "test",
  access: "private",
  versioning: true,
  quota: 1,
  expire: [],
  recoverable: "30 days",
  allowedTypes: [],
  ...changes,
});
const user = (changes: Partial<BucketUser>): BucketUser => ({
  name: "reader",
  purpose: "test",
  secret: "minio-storage",
  grants: { photos: "read" },
  ...changes,
});

test("an environment has a storage bucket of its own and one for backups, all private, within the capacity", () => {
  expect(built.buckets.map(({ name, access, quota }) => [name, access, quota])).toEqual([
    [storageBucket("staging"), "private", 600],
    [BACKUPS, "private", 300],
  ]);
  expect(checkBuckets(built, CAPACITY)).toEqual([]);
});

test("a user may do what it is granted, and purges no versions", () => {
  expect(policyOf(user({ grants: { photos: "read" } }))).toEqual({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:ListBucket"], Resource: ["arn:aws:s3:::photos"] },
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::photos/*"] },
      { Effect: "Deny", Action: ["s3:DeleteObjectVersion"], Resource: ["arn:aws:s3:::photos/*"] },
    ],
  });
});

test("a user without grants has its administrative actions alone", () => {
  expect(policyOf(user({ grants: {}, administration: ["admin:Heal"] }))).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["admin:Heal"] }],
  });
});

test("the declaration is in S3's terms: bytes, days, rules and policies", () => {
  const declared = {
    buckets: [bucket({ access: "public", lock: "7 days", expire: [{ prefix: "temp/old/", after: "2 days" }] })],
    users: [],
  };
  expect(declaration(declared)).toEqual({
    buckets: [
      {
        name: "photos",
        quota: 1,
        lockDays: 7,
        lifecycle: {
          Rules: [
            {
              ID: "deleted",
              Status: "Enabled",
              Expiration: { ExpiredObjectDeleteMarker: true },
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
            },
            { ID: "temp-old", Status: "Enabled", Filter: { Prefix: "temp/old/" }, Expiration: { Days: 2 } },
          ],
        },
        policy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: ["*"] },
              Action: ["s3:GetObject"],
              Resource: ["arn:aws:s3:::photos/*"],
            },
          ],
        },
      },
    ],
    users: [],
  });
});

test("every broken rule is reported at once", () => {
  const broken = {
    buckets: [
      bucket({ name: "My.Bucket", quota: 0, versioning: false, recoverable: "7 days" }),
      bucket({ expire: [{ prefix: "/temp", after: "90 minutes" }], quota: CAPACITY + 1 }),
      bucket({ access: "public", lock: "30 days" }),
      bucket({ name: "site", access: "public", allowedTypes: ["text/html"] }),
    ],
    users: [user({ name: "x", grants: {} }), user({ grants: { elsewhere: "read" } })],
  };
  expect(checkBuckets(broken, CAPACITY).map(({ path, fact }) => `${path}: ${fact}`)).toEqual([
    "buckets/My.Bucket/name: is no bucket name",
    "buckets/My.Bucket/quota: must be above 0 bytes, got 0",
    "buckets/My.Bucket/versioning: must be on",
    "buckets/My.Bucket/recoverable: must be 30 days or more, got 7 days",
    "buckets/photos/expire//temp: must be whole days, got 90 minutes",
    "buckets/photos/expire//temp: is no prefix",
    "buckets/photos/access: a locked bucket holds what must not be lost, and is never public",
    "buckets/photos/allowedTypes: a public bucket must name the types that it serves",
    "buckets/site/allowedTypes: text/html would run in the reader's browser",
    "buckets/photos: stands twice",
    "buckets: quotas add up to 1003 bytes, the drives hold 1000",
    "users/x: is no access key",
    "users/x/grants: may do nothing",
    "users/reader/grants/elsewhere: is no bucket",
  ]);
});
