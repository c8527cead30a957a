/** Numbers: reading text, rounding, the format model TME. Sessions have extra_float_digits = 0. */
export const numbers = String.raw`
CREATE OR REPLACE FUNCTION sf.plain_number(x text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN x ~ '^\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*$' THEN x::numeric END;

CREATE OR REPLACE FUNCTION sf.text_number(x text, digits int, places int) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  value numeric := round(sf.plain_number(x), places);
BEGIN
  IF value IS NULL THEN
    PERFORM sf.fail(100038, '22018', 'Numeric value ''' || x || ''' is not recognized');
  END IF;
  IF abs(value) >= 10::numeric ^ (digits - places) THEN
    PERFORM sf.fail(100039, '22003', 'Numeric value ''' || x || ''' is out of range');
  END IF;
  RETURN value;
END $f$;

CREATE OR REPLACE FUNCTION sf.try_number(x text, digits int, places int) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  value numeric := round(sf.plain_number(x), places);
BEGIN
  RETURN CASE WHEN abs(value) < 10::numeric ^ (digits - places) THEN value END;
END $f$;

-- DECFLOAT keeps 38 significant digits.
CREATE OR REPLACE FUNCTION sf.decfloat(x numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  whole text := ltrim(split_part(abs(x)::text, '.', 1), '0');
  fraction text := split_part(abs(x)::text, '.', 2);
BEGIN
  IF x = 0 THEN RETURN 0; END IF;
  IF whole <> '' THEN RETURN trim_scale(round(x, 38 - length(whole))); END IF;
  RETURN trim_scale(round(x, 38 + length(fraction) - length(ltrim(fraction, '0'))));
END $f$;

CREATE OR REPLACE FUNCTION sf.text_decfloat(x text, lenient boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x ~ '^\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?\s*$' THEN RETURN sf.decfloat(x::numeric); END IF;
  IF lenient THEN RETURN NULL; END IF;
  PERFORM sf.fail(100038, '22018', 'Numeric value ''' || x || ''' is not recognized');
END $f$;

CREATE OR REPLACE FUNCTION sf.decfloat_text(x numeric) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  digits text := trim_scale(x)::text;
BEGIN
  IF length(digits) <= 40 THEN RETURN digits; END IF;
  RETURN lower(sf.number_tme(x));
END $f$;

CREATE OR REPLACE FUNCTION sf.text_float(x text, lenient boolean) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x ~ '^\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*$' THEN RETURN x::double precision; END IF;
  IF x ~* '^\s*[+-]?(?:nan|inf|infinity)\s*$' THEN RETURN x::double precision; END IF;
  IF lenient THEN RETURN NULL; END IF;
  PERFORM sf.fail(100038, '22018', 'Numeric value ''' || x || ''' is not recognized');
EXCEPTION WHEN numeric_value_out_of_range THEN
  IF lenient THEN RETURN NULL; END IF;
  PERFORM sf.fail(100039, '22003', 'Numeric value ''' || x || ''' is out of range');
END $f$;

-- All 17 digits: Postgres' own cast to numeric keeps 15.
CREATE OR REPLACE FUNCTION sf.float_number(x double precision) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x = 'NaN' OR x = 'Infinity' OR x = '-Infinity' THEN
    PERFORM sf.fail(100046, '22003', 'Number out of representable range: type FIXED, value ' || sf.float_text(x));
  END IF;
  RETURN to_char(x, '9.9999999999999999EEEE')::numeric;
END $f$;

CREATE OR REPLACE FUNCTION sf.float_text(x double precision) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN x = 'Infinity' THEN 'inf' WHEN x = '-Infinity' THEN '-inf' ELSE x::text END;

CREATE OR REPLACE FUNCTION sf.float_tme(x double precision) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  digits text;
BEGIN
  IF x = 'NaN' OR x = 'Infinity' OR x = '-Infinity' THEN RETURN sf.float_text(x); END IF;
  digits := to_char(x, '9.9999999999999999EEEE');
  RETURN ltrim(rtrim(rtrim(split_part(digits, 'e', 1), '0'), '.')) || 'E' || split_part(digits, 'e', 2)::int;
END $f$;

CREATE OR REPLACE FUNCTION sf.number_tme(x numeric) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  digits text := replace(trim_scale(abs(x))::text, '.', '');
  significant text := ltrim(digits, '0');
  whole text := ltrim(split_part(trim_scale(abs(x))::text, '.', 1), '0');
  exponent int;
  mantissa text;
BEGIN
  IF x = 0 THEN RETURN '0E0'; END IF;
  IF whole <> '' THEN
    exponent := length(whole) - 1;
  ELSE
    exponent := - (length(digits) - length(significant));
  END IF;
  mantissa := rtrim(left(significant, 1) || '.' || substr(significant, 2), '0');
  RETURN CASE WHEN x < 0 THEN '-' ELSE '' END || rtrim(mantissa, '.') || 'E' || exponent;
END $f$;

-- A FLOAT inside JSON has 16 significant digits and an exponent.
CREATE OR REPLACE FUNCTION sf.float_json(x double precision) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN x = 'NaN' THEN '"NaN"' WHEN x = 'Infinity' THEN '"inf"' WHEN x = '-Infinity' THEN '"-inf"'
  ELSE ltrim(to_char(x, '9.999999999999999EEEE')) END;

CREATE OR REPLACE FUNCTION sf.float_mod(x double precision, y double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN x - y * trunc(x / y);

CREATE OR REPLACE FUNCTION sf.round_to(x numeric, places int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN round(x, places);
CREATE OR REPLACE FUNCTION sf.trunc_to(x numeric, places int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN trunc(x, places);
CREATE OR REPLACE FUNCTION sf.floor_to(x numeric, places int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(floor(x * 10::numeric ^ places) / 10::numeric ^ places, greatest(places, 0));
CREATE OR REPLACE FUNCTION sf.ceil_to(x numeric, places int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(ceil(x * 10::numeric ^ places) / 10::numeric ^ places, greatest(places, 0));

-- Half away from zero, where Postgres rounds a float half to even.
CREATE OR REPLACE FUNCTION sf.float_round(x double precision, places int) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x = 'NaN' OR x = 'Infinity' OR x = '-Infinity' THEN RETURN x; END IF;
  RETURN round(sf.float_number(x), places)::double precision;
END $f$;
CREATE OR REPLACE FUNCTION sf.float_trunc(x double precision, places int) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN trunc(sf.float_number(x), places)::double precision;
CREATE OR REPLACE FUNCTION sf.float_floor(x double precision, places int) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sf.floor_to(sf.float_number(x), places)::double precision;
CREATE OR REPLACE FUNCTION sf.float_ceil(x double precision, places int) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sf.ceil_to(sf.float_number(x), places)::double precision;

CREATE OR REPLACE FUNCTION sf.median(list numeric[]) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT avg(x) FROM (SELECT x, row_number() OVER (ORDER BY x) AS i, count(*) OVER () AS n
  FROM unnest(list) x WHERE x IS NOT NULL) ranked WHERE i IN ((n + 1) / 2, (n + 2) / 2));
`;
