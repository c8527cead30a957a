/** Text as stored: U+0000 is held as U+8FFFE, and the two noncharacters that this takes as pairs (see stored-text.ts). */
export const text = String.raw`
CREATE OR REPLACE FUNCTION sf.text_bytes(x text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  plain bytea;
  raw text;
BEGIN
  IF strpos(x, U&'\+08FFFE') = 0 AND strpos(x, U&'\+08FFFF') = 0 THEN
    RETURN convert_to(x, 'UTF8');
  END IF;
  plain := ''::bytea;
  FOREACH raw IN ARRAY string_to_array(x, U&'\+08FFFE') LOOP
    plain := plain || convert_to(replace(replace(raw, U&'\+08FFFFa', U&'\+08FFFE'), U&'\+08FFFFb', U&'\+08FFFF'), 'UTF8') || '\x00'::bytea;
  END LOOP;
  RETURN substr(plain, 1, length(plain) - 1);
END $f$;

CREATE OR REPLACE FUNCTION sf.bytes_text(x bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  result text := '';
  start int := 1;
  zero int;
BEGIN
  LOOP
    zero := position('\x00'::bytea IN substr(x, start));
    IF zero = 0 THEN
      RETURN result || sf.escape_text(convert_from(substr(x, start), 'UTF8'));
    END IF;
    result := result || sf.escape_text(convert_from(substr(x, start, zero - 1), 'UTF8')) || U&'\+08FFFE';
    start := start + zero;
  END LOOP;
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  PERFORM sf.fail(100144, '22P05', 'Invalid UTF8 detected in string ''' || encode(x, 'hex') || '''');
END $f$;

CREATE OR REPLACE FUNCTION sf.escape_text(x text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(replace(x, U&'\+08FFFF', U&'\+08FFFFb'), U&'\+08FFFE', U&'\+08FFFFa');

CREATE OR REPLACE FUNCTION sf.md5(x text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF strpos(x, U&'\+08FFFE') = 0 AND strpos(x, U&'\+08FFFF') = 0 THEN RETURN md5(x); END IF;
  RETURN md5(sf.text_bytes(x));
END $f$;

CREATE OR REPLACE FUNCTION sf.sha2(x bytea, bits int) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  CASE bits
    WHEN 224 THEN RETURN sha224(x);
    WHEN 0, 256 THEN RETURN sha256(x);
    WHEN 384 THEN RETURN sha384(x);
    WHEN 512 THEN RETURN sha512(x);
    ELSE PERFORM sf.fail(100094, '22023', 'Invalid digest size: ' || bits);
  END CASE;
END $f$;

CREATE OR REPLACE FUNCTION sf.unsigned(hex text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN ('x' || hex)::bit(64)::bigint < 0
  THEN ('x' || hex)::bit(64)::bigint::numeric + 18446744073709551616
  ELSE ('x' || hex)::bit(64)::bigint::numeric END;

CREATE OR REPLACE FUNCTION sf.chr(code int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF code = 0 THEN RETURN U&'\+08FFFE'; END IF;
  IF code < 0 OR code > 1114111 OR code BETWEEN 55296 AND 57343 THEN
    PERFORM sf.fail(100216, '22023', 'Invalid Unicode code point: ' || code);
  END IF;
  RETURN sf.escape_text(chr(code));
END $f$;

CREATE OR REPLACE FUNCTION sf.unicode(x text) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN x = '' THEN 0 WHEN starts_with(x, U&'\+08FFFE') THEN 0
  WHEN starts_with(x, U&'\+08FFFFa') THEN 589822 ELSE ascii(x) END;

-- SUBSTR counts from 1, or from the end where the start is negative; start 0 is as 1.
CREATE OR REPLACE FUNCTION sf.substring(x text, start int, count int) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
  WHEN count <= 0 THEN ''
  WHEN start > 0 THEN substr(x, start, CASE WHEN count > 1073741823 THEN 1073741823 ELSE count END)
  WHEN start = 0 THEN substr(x, 1, CASE WHEN count > 1073741823 THEN 1073741823 ELSE count END)
  WHEN -start > char_length(x) THEN ''
  ELSE left(right(x, -start), CASE WHEN count > 1073741823 THEN 1073741823 ELSE count END) END;

CREATE OR REPLACE FUNCTION sf.subbinary(x bytea, start int, count int) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
  WHEN count <= 0 THEN ''::bytea
  WHEN start >= 0 THEN substr(x, greatest(start, 1), least(count, 1073741823))
  WHEN -start > octet_length(x) THEN ''::bytea
  ELSE substr(x, octet_length(x) + start + 1, least(count, 1073741823)) END;

-- Perl-like classes are the same in Postgres; what is not is refused rather than read differently.
CREATE OR REPLACE FUNCTION sf.regex(pattern text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF pattern ~ '\(\?[^:]' THEN
    PERFORM sf.fail(100048, '2201B', 'Invalid regular expression: ''' || pattern || '''');
  END IF;
  RETURN pattern;
END $f$;

-- RLIKE and REGEXP_LIKE match the whole of the subject.
CREATE OR REPLACE FUNCTION sf.whole_regex(pattern text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '^(?:' || sf.regex(pattern) || ')$';

CREATE OR REPLACE FUNCTION sf.regex_replacement(x text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(x, '\0', '\&');

CREATE OR REPLACE FUNCTION sf.random_text(count int, source numeric) RETURNS text
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE AS $f$
  SELECT coalesce(string_agg(substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    1 + (('x' || substr(md5(source::text || ':' || i), 1, 8))::bit(32)::bigint % 62)::int, 1), ''), '')
  FROM generate_series(1, count) i
$f$;

CREATE OR REPLACE FUNCTION sf.text_binary(x text, lenient boolean) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x ~ '^(?:[0-9A-Fa-f]{2})*$' THEN RETURN decode(x, 'hex'); END IF;
  IF lenient THEN RETURN NULL; END IF;
  PERFORM sf.fail(100115, '22000', 'The following string is not a legal hex-encoded value: ''' || x || '''');
END $f$;

CREATE OR REPLACE FUNCTION sf.base64_binary(x text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN decode(x, 'base64');
EXCEPTION WHEN invalid_parameter_value THEN
  PERFORM sf.fail(100116, '22000', 'The following string is not a legal base64-encoded value: ''' || x || '''');
END $f$;

CREATE OR REPLACE FUNCTION sf.text_uuid(x text, lenient boolean) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF x ~ '^[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}$' THEN RETURN x::uuid; END IF;
  IF lenient THEN RETURN NULL; END IF;
  PERFORM sf.fail(100387, '22018', 'UUID value ''' || x || ''' is not recognized');
END $f$;

CREATE OR REPLACE FUNCTION sf.text_boolean(x text, lenient boolean) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  CASE lower(x)
    WHEN 'true', 't', 'yes', 'y', 'on', '1' THEN RETURN true;
    WHEN 'false', 'f', 'no', 'n', 'off', '0' THEN RETURN false;
    ELSE
      IF lenient THEN RETURN NULL; END IF;
      PERFORM sf.fail(100037, '22018', 'Boolean value ''' || x || ''' is not recognized');
  END CASE;
END $f$;

CREATE OR REPLACE FUNCTION sf.fit_text(x text, width int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF char_length(x) <= width THEN RETURN x; END IF;
  PERFORM sf.fail(100078, '22000', 'String ''' || left(x, 200) || ''' is too long and would be truncated');
END $f$;

CREATE OR REPLACE FUNCTION sf.fit_binary(x bytea, width int) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF octet_length(x) <= width THEN RETURN x; END IF;
  PERFORM sf.fail(100145, '22000', 'Binary value ''' || upper(encode(substr(x, 1, 100), 'hex')) || ''' is too long and would be truncated');
END $f$;
`;
