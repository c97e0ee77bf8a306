-- The login of migrations, the only one that changes the application's schema: the application itself reads and writes data.
DO $$
BEGIN
  IF to_regrole('migrator') IS NULL THEN
    CREATE ROLE migrator;
  END IF;
END;
$$;
ALTER ROLE migrator LOGIN;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE postgres TO migrator;
GRANT CREATE, USAGE ON SCHEMA public TO migrator;
REVOKE CREATE ON DATABASE postgres FROM app;
REVOKE CREATE ON SCHEMA public FROM app;
ALTER PUBLICATION supabase_realtime OWNER TO migrator;

-- What `app` made before this login existed stays changeable.
GRANT app TO migrator;
GRANT migrator TO dashboard_user;
GRANT migrator TO "postgres-setup" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;

ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role, app;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role, app;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT ALL ON ROUTINES TO anon, authenticated, service_role, app;

-- Applications say who may do what with files and channels by policies on the services' own tables, which only who has their
-- owner's rights may make; and make a row of their own for each new user by a trigger on Auth's.
GRANT supabase_storage_admin, supabase_realtime_admin TO migrator WITH INHERIT TRUE, SET FALSE;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_auth_admin IN SCHEMA auth GRANT REFERENCES, TRIGGER ON TABLES TO migrator;
GRANT REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA auth TO migrator;
