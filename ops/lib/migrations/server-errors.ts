// What the server says of a migration, as a person reads it.
import { DatabaseError } from "pg";
import { type Failure, failure } from "../failure";
import type { Script } from "./folder";
import { lineAt } from "./statements";

const LOCK_NOT_AVAILABLE = "55P03";
const QUERY_CANCELED = "57014";

/** Somebody else held a lock for too long; trying again may help. */
export class LockTimeout extends Error {
  constructor(readonly told: Failure) {
    super(told.message);
  }
}

/** What the server said, with the file's line. Never its details: they quote the data. */
export function told(
  error: unknown,
  { file, sql, lockSeconds, statementSeconds, alone }: Script,
  folder: string,
): Error {
  if (!(error instanceof DatabaseError)) return error as Error;
  const line = error.position === undefined ? "" : `:${lineAt(sql, Number(error.position) - 1)}`;
  const path = `${folder}/${file}${line}`;
  if (error.code === LOCK_NOT_AVAILABLE)
    return new LockTimeout(
      failure(
        path,
        `waited ${lockSeconds} s for a lock that others hold`,
        "run it when there is less traffic, or begin the file with -- lock_timeout: 30 seconds",
      ),
    );
  if (error.code === QUERY_CANCELED)
    return failure(
      path,
      `took more than ${statementSeconds} s, and was ended`,
      "begin the file with -- statement_timeout: 30 minutes",
    );
  const kept = alone ? "run ./groundwork migrate again once it is put right" : "nothing of this file was kept";
  return failure(path, error.message, error.hint === undefined ? kept : `${error.hint}; ${kept}`);
}
