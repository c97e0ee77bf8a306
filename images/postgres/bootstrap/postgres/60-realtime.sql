-- What Realtime's migrations give supabase_realtime_admin where they create that role, which they cannot do here: only a superuser may.
ALTER ROLE supabase_realtime_admin SET search_path = public, extensions, realtime;
GRANT anon, authenticated, service_role TO supabase_realtime_admin WITH INHERIT FALSE, SET TRUE;
-- A function of theirs keeps the listener's errors out of the log.
GRANT SET ON PARAMETER log_min_messages TO supabase_admin, supabase_realtime_admin;
