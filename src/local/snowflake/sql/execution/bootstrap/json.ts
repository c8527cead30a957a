/** VARIANT and its kin as canonical JSON text. U+0000 is written \u0000 there, which Postgres' json refuses to read: it is swapped around each reading. */
export const json = String.raw`
CREATE OR REPLACE FUNCTION sf.json_string(x text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN replace(to_json(x)::text, U&'\+08FFFE', '\u0000');

CREATE OR REPLACE FUNCTION sf.split(x text, delimiter text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT '[' || coalesce(string_agg(sf.json_string(part), ',' ORDER BY i), '') || ']'
  FROM unnest(CASE WHEN delimiter = '' THEN ARRAY[x] WHEN x = '' THEN ARRAY[''] ELSE string_to_array(x, delimiter) END) WITH ORDINALITY AS p(part, i));

-- Escapes of U+0000 become the character that stands for it in stored text.
CREATE OR REPLACE FUNCTION sf.readable(x text) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF strpos(x, '\u0000') = 0 THEN RETURN x::json; END IF;
  WHILE x ~ '(?:^|[^\\])(?:\\\\)*\\u0000' LOOP
    x := regexp_replace(x, '((?:^|[^\\])(?:\\\\)*)\\u0000', '\1' || U&'\+08FFFE', 'g');
  END LOOP;
  RETURN x::json;
END $f$;

CREATE OR REPLACE FUNCTION sf.canonical_number(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x !~ '[eE]' AND length(ltrim(replace(replace(x, '-', ''), '.', ''), '0')) <= 38 THEN RETURN trim_scale(x::numeric)::text; END IF;
  RETURN sf.float_json(x::double precision);
END $f$;

CREATE OR REPLACE FUNCTION sf.canonical(x json) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  result text;
  total bigint;
  different bigint;
BEGIN
  CASE json_typeof(x)
    WHEN 'object' THEN
      SELECT string_agg(sf.json_string(key) || ':' || sf.canonical(value), ',' ORDER BY sf.text_bytes(key)), count(*), count(DISTINCT key)
        INTO result, total, different FROM json_each(x);
      IF total > different THEN
        SELECT key INTO result FROM json_each(x) GROUP BY key HAVING count(*) > 1 LIMIT 1;
        PERFORM sf.fail(100069, '22P02', 'Error parsing JSON: duplicate object attribute "' || result || '"');
      END IF;
      RETURN '{' || coalesce(result, '') || '}';
    WHEN 'array' THEN
      SELECT string_agg(sf.canonical(value), ',' ORDER BY i) INTO result FROM json_array_elements(x) WITH ORDINALITY AS e(value, i);
      RETURN '[' || coalesce(result, '') || ']';
    WHEN 'string' THEN RETURN sf.json_string(x #>> '{}');
    WHEN 'number' THEN RETURN sf.canonical_number(x #>> '{}');
    WHEN 'boolean' THEN RETURN x #>> '{}';
    ELSE RETURN 'null';
  END CASE;
END $f$;

CREATE OR REPLACE FUNCTION sf.parse_json(x text, lenient boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  document json;
BEGIN
  IF x ~ '^\s*$' THEN RETURN NULL; END IF;
  BEGIN
    document := sf.readable(x);
    PERFORM document::jsonb;
  EXCEPTION WHEN invalid_text_representation OR untranslatable_character OR numeric_value_out_of_range THEN
    IF lenient THEN RETURN NULL; END IF;
    PERFORM sf.fail(100069, '22P02', 'Error parsing JSON: ' || left(x, 200));
  END;
  RETURN sf.canonical(document);
EXCEPTION WHEN SQLSTATE 'SF001' THEN
  IF lenient THEN RETURN NULL; END IF;
  RAISE;
END $f$;

CREATE OR REPLACE FUNCTION sf.check_json(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x ~ '^\s*$' OR sf.parse_json(x, true) IS NOT NULL THEN RETURN NULL; END IF;
  RETURN 'Error parsing JSON: ' || left(x, 200);
END $f$;

CREATE OR REPLACE FUNCTION sf.type_of(x text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE left(x, 1) WHEN '{' THEN 'OBJECT' WHEN '[' THEN 'ARRAY' WHEN '"' THEN 'VARCHAR' WHEN 't' THEN 'BOOLEAN' WHEN 'f' THEN 'BOOLEAN'
  WHEN 'n' THEN 'NULL_VALUE' ELSE CASE WHEN x ~ 'e' THEN 'DOUBLE' WHEN x ~ '\.' THEN 'DECIMAL' ELSE 'INTEGER' END END;

-- The text of a scalar, without quotes; of an object or array, its JSON. JSON null is SQL NULL.
CREATE OR REPLACE FUNCTION sf.variant_scalar(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x = 'null' THEN RETURN NULL; END IF;
  IF starts_with(x, '"') THEN RETURN sf.readable(x) #>> '{}'; END IF;
  RETURN x;
END $f$;

CREATE OR REPLACE FUNCTION sf.variant_text(x text, lenient boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF sf.type_of(x) = 'DOUBLE' THEN RETURN sf.float_text(x::double precision); END IF;
  RETURN sf.variant_scalar(x);
END $f$;

CREATE OR REPLACE FUNCTION sf.cast_failed(x text, target text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN PERFORM sf.fail(100071, '22000', 'Failed to cast variant value ' || left(x, 200) || ' to ' || target); END $f$;

CREATE OR REPLACE FUNCTION sf.variant_number(x text, digits int, places int, lenient boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  scalar text := sf.variant_scalar(x);
  value numeric;
BEGIN
  IF scalar IS NULL THEN RETURN NULL; END IF;
  IF scalar = 'true' OR scalar = 'false' THEN value := (scalar = 'true')::int; ELSE value := sf.plain_number(scalar); END IF;
  value := round(value, places);
  IF value IS NOT NULL AND abs(value) < 10::numeric ^ (digits - places) THEN RETURN value; END IF;
  IF NOT lenient THEN PERFORM sf.cast_failed(x, 'FIXED'); END IF;
  RETURN NULL;
END $f$;

CREATE OR REPLACE FUNCTION sf.variant_float(x text, lenient boolean) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  scalar text := sf.variant_scalar(x);
  value double precision;
BEGIN
  IF scalar IS NULL THEN RETURN NULL; END IF;
  IF scalar = 'true' OR scalar = 'false' THEN RETURN (scalar = 'true')::int; END IF;
  value := sf.text_float(scalar, true);
  IF value IS NULL AND NOT lenient THEN PERFORM sf.cast_failed(x, 'REAL'); END IF;
  RETURN value;
END $f$;

CREATE OR REPLACE FUNCTION sf.variant_boolean(x text, lenient boolean) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  scalar text := sf.variant_scalar(x);
  value boolean;
BEGIN
  IF scalar IS NULL THEN RETURN NULL; END IF;
  IF sf.plain_number(scalar) IS NOT NULL THEN RETURN sf.plain_number(scalar) <> 0; END IF;
  value := sf.text_boolean(scalar, true);
  IF value IS NULL AND NOT lenient THEN PERFORM sf.cast_failed(x, 'BOOLEAN'); END IF;
  RETURN value;
END $f$;

CREATE OR REPLACE FUNCTION sf.variant_object(x text, lenient boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF starts_with(x, '{') THEN RETURN x; END IF;
  IF x <> 'null' AND NOT lenient THEN PERFORM sf.cast_failed(x, 'OBJECT'); END IF;
  RETURN NULL;
END $f$;

-- What is no array becomes an array of one.
CREATE OR REPLACE FUNCTION sf.variant_array(x text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN x = 'null' THEN NULL WHEN starts_with(x, '[') THEN x ELSE '[' || x || ']' END;

CREATE OR REPLACE FUNCTION sf.object_of(keep boolean, parts text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  result text;
  repeated text;
BEGIN
  SELECT string_agg(sf.json_string(key) || ':' || coalesce(value, 'null'), ',' ORDER BY sf.text_bytes(key))
    INTO result
    FROM (SELECT parts[i] AS key, parts[i + 1] AS value FROM generate_series(1, array_length(parts, 1), 2) i) p
    WHERE key IS NOT NULL AND (keep OR value IS NOT NULL);
  SELECT key INTO repeated FROM (SELECT parts[i] AS key FROM generate_series(1, array_length(parts, 1), 2) i) p
    WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1 LIMIT 1;
  IF repeated IS NOT NULL THEN PERFORM sf.fail(100103, '22000', 'Duplicate field key ''' || repeated || ''''); END IF;
  RETURN '{' || coalesce(result, '') || '}';
END $f$;

CREATE OR REPLACE FUNCTION sf.get_key(x text, key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN starts_with(x, '{') THEN replace((sf.readable(x) -> key)::text, U&'\+08FFFE', '\u0000') END;

CREATE OR REPLACE FUNCTION sf.get_index(x text, i int) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN starts_with(x, '[') AND i >= 0 THEN replace((sf.readable(x) -> i)::text, U&'\+08FFFE', '\u0000') END;

CREATE OR REPLACE FUNCTION sf.get_path(x text, path text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  step text[];
BEGIN
  FOR step IN SELECT regexp_matches(path, '([^.\[\]]+)|\[([0-9]+)\]|\[''([^'']*)''\]', 'g') LOOP
    x := CASE WHEN step[2] IS NOT NULL THEN sf.get_index(x, step[2]::int) ELSE sf.get_key(x, coalesce(step[1], step[3])) END;
    EXIT WHEN x IS NULL;
  END LOOP;
  RETURN x;
END $f$;

CREATE OR REPLACE FUNCTION sf.array_size(x text) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN starts_with(x, '[') THEN json_array_length(sf.readable(x)) END;

CREATE OR REPLACE FUNCTION sf.object_keys(x text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT '[' || coalesce(string_agg(sf.json_string(key), ',' ORDER BY sf.text_bytes(key)), '') || ']' FROM json_object_keys(sf.readable(x)) key);

CREATE OR REPLACE FUNCTION sf.vector_json(x real[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT '[' || coalesce(string_agg(sf.float_json(e::double precision), ',' ORDER BY i), '') || ']' FROM unnest(x) WITH ORDINALITY AS v(e, i));
CREATE OR REPLACE FUNCTION sf.vector_json(x int[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN '[' || array_to_string(x, ',') || ']';

CREATE OR REPLACE FUNCTION sf.vector_text(x real[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT '[' || coalesce(string_agg(round(sf.float_number(e::double precision), 6)::text, ',' ORDER BY i), '') || ']' FROM unnest(x) WITH ORDINALITY AS v(e, i));
CREATE OR REPLACE FUNCTION sf.vector_text(x int[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN '[' || array_to_string(x, ',') || ']';

CREATE OR REPLACE FUNCTION sf.json_vector(x text, dimension int) RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  result double precision[];
BEGIN
  IF x = 'null' THEN RETURN NULL; END IF;
  IF starts_with(x, '[') THEN
    SELECT array_agg(sf.variant_float(value::text, true) ORDER BY i) INTO result FROM json_array_elements(x::json) WITH ORDINALITY AS e(value, i);
  END IF;
  IF coalesce(array_length(result, 1), 0) <> dimension OR array_position(result, NULL) IS NOT NULL THEN
    PERFORM sf.fail(100071, '22000', 'Array-like value being cast to a vector has incorrect dimension or element: ' || left(x, 200));
  END IF;
  RETURN result;
END $f$;
`;
