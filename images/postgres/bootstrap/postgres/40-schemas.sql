-- The schema of each service, owned by the login that migrates it. Functions such as auth.uid() are the services' own: they
-- create them, and nothing here may ever replace them.
CREATE SCHEMA IF NOT EXISTS auth AUTHORIZATION supabase_auth_admin;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role, app;
-- Tables of an application point at users; that right alone reads nothing.
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_auth_admin IN SCHEMA auth GRANT REFERENCES ON TABLES TO app;

CREATE SCHEMA IF NOT EXISTS storage AUTHORIZATION supabase_storage_admin;
GRANT USAGE ON SCHEMA storage TO anon, authenticated, service_role;

CREATE SCHEMA IF NOT EXISTS _realtime AUTHORIZATION supabase_admin;
CREATE SCHEMA IF NOT EXISTS realtime AUTHORIZATION supabase_admin;
GRANT CREATE, USAGE ON SCHEMA realtime TO supabase_realtime_admin;

CREATE SCHEMA IF NOT EXISTS supabase_functions AUTHORIZATION supabase_functions_admin;
GRANT USAGE ON SCHEMA supabase_functions TO anon, authenticated, service_role;

-- PostgREST serves this schema, and the gateway sends /graphql/v1 to the function in it.
CREATE SCHEMA IF NOT EXISTS graphql_public AUTHORIZATION supabase_admin;
GRANT USAGE ON SCHEMA graphql_public TO anon, authenticated, service_role;
DO $$
BEGIN
  IF to_regproc('graphql_public.graphql') IS NULL THEN
    CREATE FUNCTION graphql_public.graphql(
      "operationName" text DEFAULT NULL, query text DEFAULT NULL, variables jsonb DEFAULT NULL, extensions jsonb DEFAULT NULL
    ) RETURNS jsonb LANGUAGE sql IMMUTABLE
      RETURN '{"errors": [{"message": "GraphQL is not available: this database has no pg_graphql"}]}'::jsonb;
    ALTER FUNCTION graphql_public.graphql OWNER TO supabase_admin;
  END IF;
END;
$$;
