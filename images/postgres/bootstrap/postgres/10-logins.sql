-- Every role of the platform, with its attributes. Passwords come later, from `postgres-setup`; until then nobody signs in.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'app', 'pgbouncer', 'rewind', 'postgres-setup', 'exporter',
    'anon', 'authenticated', 'service_role', 'authenticator',
    'supabase_admin', 'supabase_auth_admin', 'supabase_storage_admin', 'supabase_realtime_admin', 'supabase_functions_admin',
    'dashboard_user'
  ] LOOP
    IF to_regrole(quote_ident(name)) IS NULL THEN
      EXECUTE format('CREATE ROLE %I', name);
    END IF;
  END LOOP;
END;
$$;

-- Whom a request to the API acts as; nobody signs in as one of them.
ALTER ROLE anon NOLOGIN;
ALTER ROLE authenticated NOLOGIN;
ALTER ROLE service_role NOLOGIN BYPASSRLS;
ALTER ROLE anon SET statement_timeout = '3s';
ALTER ROLE authenticated SET statement_timeout = '8s';

-- The application; it owns what its migrations create.
ALTER ROLE app LOGIN;
ALTER ROLE pgbouncer LOGIN;

-- PostgREST: nothing by itself, until it takes the role that a token names.
ALTER ROLE authenticator LOGIN NOINHERIT;
ALTER ROLE authenticator SET statement_timeout = '8s';
ALTER ROLE authenticator SET lock_timeout = '8s';
GRANT anon, authenticated, service_role TO authenticator WITH INHERIT FALSE, SET TRUE;

ALTER ROLE supabase_auth_admin LOGIN NOINHERIT;
ALTER ROLE supabase_auth_admin SET search_path = auth;
ALTER ROLE supabase_auth_admin SET idle_in_transaction_session_timeout = '60s';

-- Storage does each request's work as the role of its token, so that policies hold.
ALTER ROLE supabase_storage_admin LOGIN NOINHERIT;
ALTER ROLE supabase_storage_admin SET search_path = storage;
GRANT anon, authenticated, service_role TO supabase_storage_admin WITH INHERIT FALSE, SET TRUE;

-- Realtime reads the log of changes, and asks for each listener, as that listener's role, what it may see. Its migrations
-- hand their tables to supabase_realtime_admin. No superuser, unlike upstream.
ALTER ROLE supabase_admin LOGIN REPLICATION;
ALTER ROLE supabase_realtime_admin NOLOGIN NOINHERIT;
GRANT anon, authenticated, service_role TO supabase_admin WITH INHERIT FALSE, SET TRUE;
GRANT supabase_realtime_admin TO supabase_admin WITH ADMIN TRUE, INHERIT TRUE, SET TRUE;

-- Edge functions hold the service key as well: SET ROLE service_role gives them nothing new.
ALTER ROLE supabase_functions_admin LOGIN;
GRANT service_role TO supabase_functions_admin;

-- Studio and postgres-meta are tools of administrators: they see every row, and change what services and applications own.
ALTER ROLE dashboard_user LOGIN BYPASSRLS;
GRANT anon, authenticated, service_role, app, supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin,
  supabase_functions_admin, pg_monitor, pg_read_all_data, pg_signal_backend TO dashboard_user;

ALTER ROLE exporter LOGIN CONNECTION LIMIT 10;
ALTER ROLE exporter SET statement_timeout = '10s';
GRANT pg_monitor TO exporter;

-- Sets passwords, by a client certificate instead of one of its own. It can become each role named here, never a superuser,
-- nor a role of Patroni's. What it says leaves no trace in logs or statistics.
ALTER ROLE "postgres-setup" LOGIN CREATEROLE CONNECTION LIMIT 3;
ALTER ROLE "postgres-setup" SET log_statement = 'none';
ALTER ROLE "postgres-setup" SET log_min_duration_statement = -1;
ALTER ROLE "postgres-setup" SET log_min_error_statement = 'panic';
ALTER ROLE "postgres-setup" SET pg_stat_statements.track_utility = off;
ALTER ROLE "postgres-setup" SET pgaudit.log = 'none';
GRANT app, pgbouncer, exporter, authenticator, supabase_admin, supabase_auth_admin, supabase_storage_admin,
  supabase_functions_admin, dashboard_user TO "postgres-setup" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
