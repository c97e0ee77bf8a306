-- Limits that the database holds, since it alone counts for all copies of a service and over every restart. They stand in a schema
-- of their own, under a role that owns nothing else: nothing that Auth or Storage migrates touches them.
DO $$
BEGIN
  IF to_regrole('limits') IS NULL THEN
    CREATE ROLE limits;
  END IF;
END;
$$;
ALTER ROLE limits NOLOGIN NOINHERIT;
CREATE SCHEMA IF NOT EXISTS limits;
GRANT USAGE ON SCHEMA limits TO limits, supabase_auth_admin, supabase_storage_admin, dashboard_user, "postgres-setup";

-- The stack's values, which `postgres-setup` delivers; until it has, the defaults hold.
CREATE TABLE IF NOT EXISTS limits.rules (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  failures int NOT NULL DEFAULT 5 CHECK (failures > 0),
  failure_window interval NOT NULL DEFAULT '15 minutes' CHECK (failure_window > '0'),
  lockout interval NOT NULL DEFAULT '15 minutes' CHECK (lockout > '0'),
  upload_bytes bigint NOT NULL DEFAULT 100000000 CHECK (upload_bytes > 0)
);
INSERT INTO limits.rules DEFAULT VALUES ON CONFLICT DO NOTHING;
ALTER TABLE limits.rules OWNER TO limits;

CREATE OR REPLACE FUNCTION limits.set_rules(given jsonb) RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH wanted AS (SELECT * FROM jsonb_to_record(given)
    AS values(failures int, failure_window interval, lockout interval, upload_bytes bigint)),
  changed AS (
    UPDATE limits.rules r
    SET (failures, failure_window, lockout, upload_bytes) = (SELECT w.failures, w.failure_window, w.lockout, w.upload_bytes FROM wanted w)
    FROM wanted w
    WHERE (r.failures, r.failure_window, r.lockout, r.upload_bytes)
      IS DISTINCT FROM (w.failures, w.failure_window, w.lockout, w.upload_bytes)
    RETURNING 1)
  SELECT EXISTS (SELECT FROM changed)
$$;
ALTER FUNCTION limits.set_rules(jsonb) OWNER TO limits;
REVOKE ALL ON FUNCTION limits.set_rules(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION limits.set_rules(jsonb) TO "postgres-setup";

-- Failed sign-ins with a password: one row for a person, while it means anything.
CREATE TABLE IF NOT EXISTS limits.sign_ins (
  person uuid PRIMARY KEY,
  failures timestamptz[] NOT NULL,
  locked_until timestamptz,
  expires timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS sign_ins_expires ON limits.sign_ins (expires);
ALTER TABLE limits.sign_ins OWNER TO limits;

-- Auth asks this at every attempt, before it answers, and passes on a refusal. An error here refuses the attempt, too. While a person is
-- locked out no attempt counts, so that nobody can prolong it; the right password is refused as well, since it may have been guessed.
CREATE OR REPLACE FUNCTION limits.password_attempt(event jsonb) RETURNS jsonb
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  who CONSTANT uuid NOT NULL := (event ->> 'user_id')::uuid;
  rule limits.rules;
  known limits.sign_ins;
  recent timestamptz[];
  moment timestamptz;
  lock_until timestamptz;
BEGIN
  -- One attempt of a person after the other: two failures at the same time are two.
  PERFORM pg_advisory_xact_lock(hashtextextended('limits.sign_ins ' || who, 0));
  moment := clock_timestamp();
  SELECT * INTO STRICT rule FROM limits.rules;
  SELECT * INTO known FROM limits.sign_ins WHERE person = who;
  lock_until := known.locked_until;
  IF lock_until IS NULL OR lock_until <= moment THEN
    lock_until := NULL;
    IF (event ->> 'valid')::boolean THEN
      DELETE FROM limits.sign_ins WHERE person = who;
    ELSE
      recent := ARRAY(SELECT f FROM unnest(known.failures) f WHERE f > moment - rule.failure_window) || moment;
      IF cardinality(recent) >= rule.failures THEN
        lock_until := moment + rule.lockout;
        recent := '{}';
      END IF;
      INSERT INTO limits.sign_ins AS s VALUES (who, recent, lock_until, coalesce(lock_until, moment + rule.failure_window))
        ON CONFLICT (person) DO UPDATE
        SET (failures, locked_until, expires) = (excluded.failures, excluded.locked_until, excluded.expires);
      DELETE FROM limits.sign_ins WHERE person IN (
        SELECT person FROM limits.sign_ins WHERE expires < moment ORDER BY expires LIMIT 10 FOR UPDATE SKIP LOCKED);
    END IF;
  END IF;
  IF lock_until IS NULL THEN
    RETURN jsonb_build_object('decision', 'continue');
  END IF;
  RETURN jsonb_build_object(
    'decision', 'reject',
    'message', format('Too many failed attempts. Try again in %s min.', ceil(extract(epoch FROM lock_until - moment) / 60)),
    'should_logout_user', false);
END;
$$;
ALTER FUNCTION limits.password_attempt(jsonb) OWNER TO limits;
REVOKE ALL ON FUNCTION limits.password_attempt(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION limits.password_attempt(jsonb) TO supabase_auth_admin;

-- For on-call, from the dashboard: ends a person's lockout. False where there was none.
CREATE OR REPLACE FUNCTION limits.unlock(who uuid) RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH gone AS (DELETE FROM limits.sign_ins WHERE person = who RETURNING 1) SELECT EXISTS (SELECT FROM gone)
$$;
ALTER FUNCTION limits.unlock(uuid) OWNER TO limits;
REVOKE ALL ON FUNCTION limits.unlock(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION limits.unlock(uuid) TO dashboard_user;
