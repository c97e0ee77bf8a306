-- Who may connect, and how the pooler looks them up.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO app, pgbouncer, rewind, exporter, "postgres-setup", authenticator, supabase_admin,
  supabase_auth_admin, supabase_storage_admin, supabase_functions_admin, dashboard_user;
GRANT TEMPORARY ON DATABASE postgres TO app, supabase_functions_admin, dashboard_user;
-- Realtime makes a publication of its own; administrators make schemas.
GRANT CREATE ON DATABASE postgres TO supabase_admin, dashboard_user;

-- PgBouncer verifies clients by what this returns: one login's SCRAM verifier, never a superuser's or a replication role's.
CREATE SCHEMA IF NOT EXISTS pgbouncer;
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer, "postgres-setup";
CREATE OR REPLACE FUNCTION pgbouncer.get_auth(login text) RETURNS TABLE (username text, password text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  BEGIN ATOMIC
    SELECT rolname::text, rolpassword FROM pg_authid
    WHERE rolname = login AND rolcanlogin AND NOT rolsuper AND NOT rolreplication AND rolpassword IS NOT NULL
      AND (rolvaliduntil IS NULL OR rolvaliduntil > now());
  END;
REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO pgbouncer;

-- What `postgres-setup` compares with a delivered password, so that it changes only those that differ.
CREATE OR REPLACE FUNCTION pgbouncer.get_verifier(login text) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  BEGIN ATOMIC
    SELECT rolpassword FROM pg_authid
    WHERE rolname = login AND pg_has_role('postgres-setup', oid, 'MEMBER WITH ADMIN OPTION');
  END;
REVOKE ALL ON FUNCTION pgbouncer.get_verifier(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.get_verifier(text) TO "postgres-setup";
