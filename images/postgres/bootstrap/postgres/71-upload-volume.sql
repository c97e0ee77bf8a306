-- What a person uploads in a day, counted where Storage writes down a finished upload: whatever way it came, over all copies. Storage
-- writes the same row first to ask whether it may, with the announced size, and takes it back; so most of what is too much is refused
-- before it is sent. Without an owner it is a server's upload, by a service key, which counts for nobody.
CREATE TABLE IF NOT EXISTS limits.uploads (
  person text PRIMARY KEY,
  day date NOT NULL,
  bytes bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS uploads_day ON limits.uploads (day);
ALTER TABLE limits.uploads OWNER TO limits;

-- Rows are read as JSON: Storage's migrations add and rename columns.
CREATE OR REPLACE FUNCTION limits.count_upload() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  after CONSTANT jsonb := to_jsonb(NEW);
  who CONSTANT text := coalesce(after ->> 'owner_id', after ->> 'owner');
  size CONSTANT bigint := coalesce(after #>> '{metadata,size}', after #>> '{metadata,contentLength}', '0')::bigint;
  today CONSTANT date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
  most bigint;
  used bigint;
  before jsonb;
BEGIN
  IF coalesce(who, '') = '' THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    before := to_jsonb(OLD);
    -- Moved under another name, or touched otherwise: nothing was uploaded.
    IF (before -> 'bucket_id', before -> 'name') IS DISTINCT FROM (after -> 'bucket_id', after -> 'name')
      OR (before -> 'version', before -> 'metadata') IS NOT DISTINCT FROM (after -> 'version', after -> 'metadata') THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT upload_bytes INTO STRICT most FROM limits.rules;
  INSERT INTO limits.uploads AS u VALUES (who, today, greatest(size, 0))
    ON CONFLICT (person) DO UPDATE
    SET day = excluded.day, bytes = CASE WHEN u.day = excluded.day THEN u.bytes ELSE 0 END + excluded.bytes
    RETURNING bytes INTO used;
  IF used > most OR (size = 0 AND used >= most) THEN
    -- The code that Storage answers with 403, and this message.
    RAISE insufficient_privilege USING MESSAGE = format('more than %s bytes uploaded in one day', most);
  END IF;
  DELETE FROM limits.uploads WHERE person IN (
    SELECT person FROM limits.uploads WHERE day < today ORDER BY day LIMIT 10 FOR UPDATE SKIP LOCKED);
  RETURN NULL;
END;
$$;
ALTER FUNCTION limits.count_upload() OWNER TO limits;
REVOKE ALL ON FUNCTION limits.count_upload() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION limits.count_upload() TO supabase_storage_admin;

-- Storage creates its table when it first starts; it is counted from its first row on. Where that fails, so does Storage's migration.
CREATE OR REPLACE FUNCTION limits.watch_uploads() RETURNS event_trigger
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'storage.objects') THEN
    CREATE OR REPLACE TRIGGER upload_volume AFTER INSERT OR UPDATE ON storage.objects
      FOR EACH ROW EXECUTE FUNCTION limits.count_upload();
  END IF;
END;
$$;
DROP EVENT TRIGGER IF EXISTS watch_uploads;
CREATE EVENT TRIGGER watch_uploads ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION limits.watch_uploads();
DO $$
BEGIN
  IF to_regclass('storage.objects') IS NOT NULL THEN
    CREATE OR REPLACE TRIGGER upload_volume AFTER INSERT OR UPDATE ON storage.objects
      FOR EACH ROW EXECUTE FUNCTION limits.count_upload();
  END IF;
END;
$$;
