/** The engine's schema, its composite types, and how its functions raise Snowflake's errors. */
export const core = String.raw`
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE SCHEMA IF NOT EXISTS sf;
CREATE SCHEMA IF NOT EXISTS sf_data;
CREATE SCHEMA IF NOT EXISTS sf_results;

DO $do$ BEGIN
  IF to_regtype('sf.ts') IS NULL THEN
    CREATE TYPE sf.ts AS (t timestamp, n smallint);
    CREATE TYPE sf.tz AS (t timestamp, n smallint, o smallint);
    CREATE TYPE sf.parsed AS (t timestamp, n smallint, o smallint);
  END IF;
END $do$;

-- The message carries Snowflake's code and SQL state; the session takes them apart again.
CREATE OR REPLACE FUNCTION sf.fail(code int, state text, message text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'SF001', MESSAGE = code || '|' || state || '|' || message;
END $f$;
`;
