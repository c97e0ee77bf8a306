-- Extensions, apart from what applications and services create. Debian has no pg_graphql, pg_net, pgsodium, supabase_vault and
-- safeupdate: without them there is no GraphQL, no database webhook, no vault, and no guard against a DELETE without WHERE.
CREATE SCHEMA IF NOT EXISTS extensions;
GRANT USAGE ON SCHEMA extensions TO PUBLIC;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS vector SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS postgis SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pgaudit SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pg_cron;
ALTER DATABASE postgres SET search_path = "$user", public, extensions;
