// The rules that the buckets and S3 users of a stack keep; all that are broken are reported at once.
import { type Problem, problemIf } from "../lib/errors";
import { type Duration, seconds } from "../lib/units";
import { type Bucket, type Buckets, inDays } from "./buckets";

/** Least time that deleted objects stay recoverable. */
const LEAST_RECOVERABLE: Duration = "30 days";
/** What a browser would run when it opens the object. */
const EXECUTED = ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "application/javascript"];

/** Every rule that the buckets and users break. `capacity` as for `buckets`. */
export function checkBuckets({ buckets, users }: Buckets, capacity: number): readonly Problem[] {
  const names = buckets.map(({ name }) => name);
  const quotas = buckets.reduce((sum, { quota }) => sum + quota, 0);
  return [
    ...buckets.flatMap(checkBucket),
    ...duplicates(names, "buckets"),
    ...duplicates(
      users.map(({ name }) => name),
      "users",
    ),
    ...problemIf(
      quotas > capacity,
      "buckets",
      `quotas add up to ${quotas} bytes, the drives hold ${capacity}`,
      "lower a quota, or raise minio/storage",
    ),
    ...users.flatMap(({ name, grants, administration = [] }) => [
      ...problemIf(
        !/^[a-z0-9-]{3,20}$/.test(name),
        `users/${name}`,
        "is no access key",
        "3 to 20 lowercase letters, digits and hyphens",
      ),
      ...problemIf(
        Object.keys(grants).length + administration.length === 0,
        `users/${name}/grants`,
        "may do nothing",
        "remove the user",
      ),
      ...Object.keys(grants).flatMap((bucket) =>
        problemIf(
          !names.includes(bucket),
          `users/${name}/grants/${bucket}`,
          "is no bucket",
          `one of ${names.join(", ")}`,
        ),
      ),
    ]),
  ];
}

function checkBucket(bucket: Bucket): readonly Problem[] {
  const { name, access, versioning, quota, expire, recoverable, lock, allowedTypes } = bucket;
  const at = (field: string) => `buckets/${name}/${field}`;
  const days = (field: string, value: Duration) =>
    problemIf(!Number.isInteger(inDays(value)) || inDays(value) < 1, at(field), `must be whole days, got ${value}`);
  return [
    ...problemIf(
      !/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name) || name === "minio",
      at("name"),
      "is no bucket name",
      "3 to 63 lowercase letters, digits and hyphens; dots break TLS, and minio is taken",
    ),
    ...problemIf(!(quota > 0), at("quota"), `must be above 0 bytes, got ${quota}`),
    ...problemIf(!versioning, at("versioning"), "must be on", `deleted objects stay recoverable ${LEAST_RECOVERABLE}`),
    ...days("recoverable", recoverable),
    ...problemIf(
      seconds(recoverable) < seconds(LEAST_RECOVERABLE),
      at("recoverable"),
      `must be ${LEAST_RECOVERABLE} or more, got ${recoverable}`,
    ),
    ...expire.flatMap(({ prefix, after }) => [
      ...days(`expire/${prefix}`, after),
      ...problemIf(
        !/^[^/].*\/$/.test(prefix),
        at(`expire/${prefix}`),
        "is no prefix",
        "end it with /, and do not start with one",
      ),
    ]),
    ...(lock === undefined ? [] : days("lock", lock)),
    ...problemIf(
      access === "public" && lock !== undefined,
      at("access"),
      "a locked bucket holds what must not be lost, and is never public",
    ),
    ...problemIf(
      access === "public" && allowedTypes.length === 0,
      at("allowedTypes"),
      "a public bucket must name the types that it serves",
    ),
    ...allowedTypes.flatMap((type) =>
      problemIf(
        EXECUTED.includes(type),
        at("allowedTypes"),
        `${type} would run in the reader's browser`,
        "serve it from an application instead",
      ),
    ),
  ];
}

function duplicates(names: readonly string[], path: string): readonly Problem[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
    path: `${path}/${name}`,
    fact: "stands twice",
  }));
}
