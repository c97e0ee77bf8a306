-- What Supavisor and Logflare keep about themselves, apart from the application's data.
REVOKE ALL ON DATABASE _supabase FROM PUBLIC;
GRANT CONNECT ON DATABASE _supabase TO exporter;
ALTER DATABASE _supabase OWNER TO supabase_admin;
CREATE SCHEMA IF NOT EXISTS _supavisor AUTHORIZATION supabase_admin;
CREATE SCHEMA IF NOT EXISTS _analytics AUTHORIZATION supabase_admin;
