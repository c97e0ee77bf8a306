-- What every cluster begins with: extensions, the application's role, the pooler's way to look up logins.
\set ON_ERROR_STOP on
\set app_password `cat /etc/groundwork/app-password`
\set pgbouncer_password `cat /etc/groundwork/pgbouncer-password`

-- Statements that hold a password leave no trace in logs or statistics.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET pg_stat_statements.track_utility = off;
SET pgaudit.log = 'none';
CREATE ROLE app LOGIN PASSWORD :'app_password';
CREATE ROLE pgbouncer LOGIN PASSWORD :'pgbouncer_password';
-- Patroni gives this one its password and rights afterwards.
CREATE ROLE rewind;
RESET ALL;

CREATE SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions TO PUBLIC;
CREATE EXTENSION pg_stat_statements SCHEMA extensions;
CREATE EXTENSION pgcrypto SCHEMA extensions;
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION vector SCHEMA extensions;
CREATE EXTENSION postgis SCHEMA extensions;
CREATE EXTENSION pgaudit SCHEMA extensions;
CREATE EXTENSION pg_cron;
ALTER DATABASE postgres SET search_path = "$user", public, extensions;

-- Nobody connects who is not named here.
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO app, pgbouncer, rewind;
GRANT TEMPORARY ON DATABASE postgres TO app;
GRANT CREATE ON SCHEMA public TO app;

-- PgBouncer verifies clients by what this returns: one login's SCRAM verifier, never a superuser's or a replication role's.
CREATE SCHEMA pgbouncer;
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer;
CREATE FUNCTION pgbouncer.get_auth(login text) RETURNS TABLE (username text, password text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  BEGIN ATOMIC
    SELECT rolname::text, rolpassword FROM pg_authid
    WHERE rolname = login AND rolcanlogin AND NOT rolsuper AND NOT rolreplication
      AND (rolvaliduntil IS NULL OR rolvaliduntil > now());
  END;
REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO pgbouncer;
