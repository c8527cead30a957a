/** Moments: conversions between the three kinds of timestamp, reading text, calendar arithmetic, MIN and MAX. */
export const datetimes = String.raw`
CREATE OR REPLACE FUNCTION sf.make_ts(t timestamp, n smallint) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$ BEGIN RETURN ROW(t, n)::sf.ts; END $f$;

CREATE OR REPLACE FUNCTION sf.timestamp_of(year int, month int, day int, hour int, minute int, second int) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31 AND hour BETWEEN 0 AND 23 AND minute BETWEEN 0 AND 59 AND second BETWEEN 0 AND 59
  THEN make_timestamp(CASE WHEN year > 0 THEN year ELSE year - 1 END, month, day, hour, minute, second) END;

CREATE OR REPLACE FUNCTION sf.ntz_ltz(x sf.ts, zone text) RETURNS sf.ts
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN ROW(x.t AT TIME ZONE zone AT TIME ZONE 'UTC', x.n)::sf.ts; END $f$;

CREATE OR REPLACE FUNCTION sf.ltz_ntz(x sf.ts, zone text) RETURNS sf.ts
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN ROW(x.t AT TIME ZONE 'UTC' AT TIME ZONE zone, x.n)::sf.ts; END $f$;

CREATE OR REPLACE FUNCTION sf.ltz_tz(x sf.ts, zone text) RETURNS sf.tz
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  RETURN ROW(x.t, x.n, floor(extract(epoch from (x.t AT TIME ZONE 'UTC' AT TIME ZONE zone) - x.t) / 60))::sf.tz;
EXCEPTION WHEN invalid_parameter_value THEN
  PERFORM sf.fail(100095, '22023', 'Unknown timezone: ''' || zone || '''');
END $f$;

CREATE OR REPLACE FUNCTION sf.ntz_tz(x sf.ts, zone text) RETURNS sf.tz
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN sf.ltz_tz(sf.ntz_ltz(x, zone), zone);

CREATE OR REPLACE FUNCTION sf.tz_ntz(x sf.tz) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN ROW(x.t + x.o * interval '1 minute', x.n)::sf.ts; END $f$;

CREATE OR REPLACE FUNCTION sf.tz_ltz(x sf.tz) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$ BEGIN RETURN ROW(x.t, x.n)::sf.ts; END $f$;

-- A wall-clock time with an offset.
CREATE OR REPLACE FUNCTION sf.with_offset(x sf.ts, o smallint) RETURNS sf.tz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN ROW(x.t - o * interval '1 minute', x.n, o)::sf.tz; END $f$;

CREATE OR REPLACE FUNCTION sf.cut_timestamp(t timestamp, places int) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  fraction int := extract(microseconds from t)::int % 1000000;
  unit int := CASE WHEN places >= 6 THEN 1 ELSE (10 ^ (6 - places))::int END;
BEGIN RETURN t - (fraction % unit) * interval '1 microsecond'; END $f$;

CREATE OR REPLACE FUNCTION sf.cut_nano(n smallint, places int) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (CASE WHEN places <= 6 THEN 0 ELSE n - n % (10 ^ (9 - places))::int END)::smallint;

CREATE OR REPLACE FUNCTION sf.cut_ts(x sf.ts, places int) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN ROW(sf.cut_timestamp(x.t, places), sf.cut_nano(x.n, places))::sf.ts; END $f$;

CREATE OR REPLACE FUNCTION sf.cut_tz(x sf.tz, places int) RETURNS sf.tz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN ROW(sf.cut_timestamp(x.t, places), sf.cut_nano(x.n, places), x.o)::sf.tz; END $f$;

CREATE OR REPLACE FUNCTION sf.ts_time(x sf.ts) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN (extract(epoch from x.t::time) * 1000000)::bigint * 1000 + x.n; END $f$;

CREATE OR REPLACE FUNCTION sf.time_ts(x bigint) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN ROW('1970-01-01'::timestamp + x / 1000 * interval '1 microsecond', x % 1000)::sf.ts; END $f$;

CREATE OR REPLACE FUNCTION sf.shift(t timestamp, n smallint, amount numeric) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  total numeric := trunc(amount) + n;
  micros numeric := floor(total / 1000);
  days int := trunc(micros / 86400000000)::int;
BEGIN
  RETURN ROW(t + days * interval '1 day' + (micros - days * 86400000000)::double precision * interval '1 microsecond',
    (total - micros * 1000)::smallint)::sf.ts;
END $f$;

CREATE OR REPLACE FUNCTION sf.add_ts(x sf.ts, amount numeric) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$ BEGIN RETURN sf.shift(x.t, x.n, amount); END $f$;

CREATE OR REPLACE FUNCTION sf.add_tz(x sf.tz, amount numeric) RETURNS sf.tz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  moved sf.ts := sf.shift(x.t, x.n, amount);
BEGIN RETURN ROW(moved.t, moved.n, x.o)::sf.tz; END $f$;

CREATE OR REPLACE FUNCTION sf.add_time(x bigint, amount numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN mod(mod(x + trunc(amount), 86400000000000) + 86400000000000, 86400000000000)::bigint;

CREATE OR REPLACE FUNCTION sf.add_interval(x sf.ts, amount interval) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$ BEGIN RETURN ROW(x.t + amount, x.n)::sf.ts; END $f$;

-- ADD_MONTHS keeps the last day of a month a last day.
CREATE OR REPLACE FUNCTION sf.add_months(x sf.ts, months int) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  moved timestamp := x.t + months * interval '1 month';
BEGIN
  IF date_trunc('month', x.t) + interval '1 month' - interval '1 day' = date_trunc('day', x.t) THEN
    moved := date_trunc('month', moved) + interval '1 month' - interval '1 day' + (x.t - date_trunc('day', x.t));
  END IF;
  RETURN ROW(moved, x.n)::sf.ts;
END $f$;

CREATE OR REPLACE FUNCTION sf.nanoseconds(x sf.ts) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN trunc(extract(epoch from x.t) * 1000000) * 1000 + x.n; END $f$;

-- Seconds since the epoch, to nine places: what the wire carries.
CREATE OR REPLACE FUNCTION sf.seconds(t timestamp, n smallint) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN extract(epoch from t) + n * 0.000000001;

CREATE OR REPLACE FUNCTION sf.epoch(unit text, x sf.ts) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN floor(sf.nanoseconds(x) / CASE unit WHEN 'epoch' THEN 1000000000 WHEN 'epoch_millisecond' THEN 1000000 WHEN 'epoch_microsecond' THEN 1000 ELSE 1 END);

CREATE OR REPLACE FUNCTION sf.epoch_ts(x numeric, places int) RETURNS sf.ts
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sf.shift('1970-01-01'::timestamp, 0::smallint, trunc(x * 10::numeric ^ (9 - places)));

CREATE OR REPLACE FUNCTION sf.date_diff(unit text, a sf.ts, b sf.ts) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  months numeric := (extract(year from b.t) - extract(year from a.t)) * 12 + extract(month from b.t) - extract(month from a.t);
  each numeric;
BEGIN
  CASE unit
    WHEN 'year' THEN RETURN extract(year from b.t) - extract(year from a.t);
    WHEN 'quarter' THEN RETURN (extract(year from b.t) - extract(year from a.t)) * 4 + extract(quarter from b.t) - extract(quarter from a.t);
    WHEN 'month' THEN RETURN months;
    WHEN 'week' THEN RETURN (date_trunc('week', b.t)::date - date_trunc('week', a.t)::date) / 7;
    WHEN 'day' THEN RETURN b.t::date - a.t::date;
    WHEN 'hour' THEN each := 3600000000000;
    WHEN 'minute' THEN each := 60000000000;
    WHEN 'second' THEN each := 1000000000;
    WHEN 'millisecond' THEN each := 1000000;
    WHEN 'microsecond' THEN each := 1000;
    ELSE each := 1;
  END CASE;
  RETURN floor(sf.nanoseconds(b) / each) - floor(sf.nanoseconds(a) / each);
END $f$;

CREATE OR REPLACE FUNCTION sf.date_part(unit text, x sf.ts) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  part numeric;
BEGIN
  CASE unit
    WHEN 'second' THEN RETURN floor(extract(second from x.t));
    WHEN 'millisecond' THEN RETURN floor(extract(microseconds from x.t) % 1000000 / 1000);
    WHEN 'microsecond' THEN RETURN extract(microseconds from x.t) % 1000000;
    WHEN 'nanosecond' THEN RETURN extract(microseconds from x.t) % 1000000 * 1000 + x.n;
    WHEN 'week', 'isoweek' THEN RETURN extract(week from x.t);
    WHEN 'year' THEN
      part := extract(year from x.t);
      RETURN CASE WHEN part < 0 THEN part + 1 ELSE part END;
    ELSE RETURN date_part(unit, x.t)::numeric;
  END CASE;
END $f$;

CREATE OR REPLACE FUNCTION sf.date_trunc(unit text, x sf.ts) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN
  IF unit = 'nanosecond' THEN RETURN x; END IF;
  RETURN ROW(CASE unit WHEN 'millisecond' THEN sf.cut_timestamp(x.t, 3) WHEN 'microsecond' THEN x.t ELSE date_trunc(unit, x.t) END, 0)::sf.ts;
END $f$;

CREATE OR REPLACE FUNCTION sf.date_from_parts(year int, month int, day int) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (make_date(CASE WHEN year > 0 THEN year ELSE year - 1 END, 1, 1) + (month - 1) * interval '1 month' + (day - 1) * interval '1 day')::date;

CREATE OR REPLACE FUNCTION sf.time_from_parts(hour int, minute int, second int, nano int) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sf.add_time(0, ((hour * 60 + minute) * 60 + second)::numeric * 1000000000 + nano);

CREATE OR REPLACE FUNCTION sf.ts_from_parts(year int, month int, day int, hour int, minute int, second int, nano int) RETURNS sf.ts
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sf.shift(sf.date_from_parts(year, month, day)::timestamp, 0::smallint, ((hour * 60 + minute) * 60 + second)::numeric * 1000000000 + nano);

CREATE OR REPLACE FUNCTION sf.parse_offset(x text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (CASE WHEN x IS NULL OR x = '' THEN NULL WHEN upper(x) = 'Z' THEN 0
  ELSE (CASE WHEN starts_with(x, '-') THEN -1 ELSE 1 END) *
    (substring(x from '^[+-]([0-9]{1,2})')::int * 60 + coalesce(nullif(substring(x from '^[+-][0-9]{1,2}:?([0-9]{2})$'), ''), '0')::int) END)::smallint;

-- The formats that AUTO detection reads here: ISO 8601 with its parts left out from the end, and MM/DD/YYYY, DD-MON-YYYY.
CREATE OR REPLACE FUNCTION sf.parse_auto(x text) RETURNS sf.parsed
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  m text[];
  at timestamp;
  fraction text;
BEGIN
  m := regexp_match(x, '^\s*([+-]?[0-9]{4,6})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]\s*([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{0,9})[0-9]*)?)?)?\s*(Z|z|[+-][0-9]{1,2}(?::?[0-9]{2})?)?\s*$');
  IF m IS NULL THEN
    m := regexp_match(x, '^\s*([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:\s+([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{0,9}))?)?)?()\s*$');
    IF m IS NOT NULL THEN m := ARRAY[m[3], m[1], m[2], m[4], m[5], m[6], m[7], m[8]]; END IF;
  END IF;
  IF m IS NULL THEN
    m := regexp_match(x, '^\s*([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})(?:\s+([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{0,9}))?)?)?()\s*$');
    IF m IS NOT NULL THEN m := ARRAY[m[3], sf.month_number(m[2])::text, m[1], m[4], m[5], m[6], m[7], m[8]]; END IF;
  END IF;
  IF m IS NULL THEN RETURN NULL; END IF;
  at := sf.timestamp_of(m[1]::int, m[2]::int, m[3]::int, coalesce(m[4], '0')::int, coalesce(m[5], '0')::int, coalesce(m[6], '0')::int);
  IF at IS NULL THEN RETURN NULL; END IF;
  fraction := rpad(coalesce(m[7], ''), 9, '0');
  RETURN ROW(at + left(fraction, 6)::int * interval '1 microsecond', right(fraction, 3)::smallint, sf.parse_offset(m[8]))::sf.parsed;
EXCEPTION WHEN datetime_field_overflow THEN
  RETURN NULL;
END $f$;

CREATE OR REPLACE FUNCTION sf.month_number(x text) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN nullif((strpos('janfebmaraprmayjunjulaugsepoctnovdec', lower(left(x, 3))) + 2) / 3, 0);

CREATE OR REPLACE FUNCTION sf.not_recognized(kind text, x text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN
  CASE kind
    WHEN 'DATE' THEN PERFORM sf.fail(100040, '22007', 'Date ''' || x || ''' is not recognized');
    WHEN 'TIME' THEN PERFORM sf.fail(100108, '22007', 'Time ''' || x || ''' is not recognized');
    ELSE PERFORM sf.fail(100035, '22007', 'Timestamp ''' || x || ''' is not recognized');
  END CASE;
END $f$;

-- Text in AUTO format, or an integer since the epoch in seconds, milliseconds, microseconds or nanoseconds by its size.
CREATE OR REPLACE FUNCTION sf.text_parsed(x text, kind text, lenient boolean) RETURNS sf.parsed
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  found sf.parsed := sf.parse_auto(x);
  epoch numeric;
  moment sf.ts;
BEGIN
  IF found.t IS NOT NULL THEN RETURN found; END IF;
  IF x ~ '^[+-]?[0-9]{1,38}$' THEN
    epoch := x::numeric;
    moment := sf.epoch_ts(epoch, CASE WHEN abs(epoch) < 31536000000 THEN 0 WHEN abs(epoch) < 31536000000000 THEN 3 WHEN abs(epoch) < 31536000000000000 THEN 6 ELSE 9 END);
    RETURN ROW(moment.t, moment.n, 0)::sf.parsed;
  END IF;
  IF NOT lenient THEN PERFORM sf.not_recognized(kind, x); END IF;
  RETURN NULL;
END $f$;

CREATE OR REPLACE FUNCTION sf.local_of(x sf.parsed) RETURNS sf.ts
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
BEGIN RETURN CASE WHEN x.t IS NOT NULL THEN ROW(x.t, x.n)::sf.ts END; END $f$;

CREATE OR REPLACE FUNCTION sf.zoned_of(x sf.parsed, zone text) RETURNS sf.tz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $f$
BEGIN
  IF x.t IS NULL THEN RETURN NULL; END IF;
  IF x.o IS NULL THEN RETURN sf.ntz_tz(ROW(x.t, x.n)::sf.ts, zone); END IF;
  RETURN ROW(x.t - x.o * interval '1 minute', x.n, x.o)::sf.tz;
END $f$;

CREATE OR REPLACE FUNCTION sf.instant_of(x sf.parsed, zone text) RETURNS sf.ts
LANGUAGE sql STABLE PARALLEL SAFE RETURN sf.tz_ltz(sf.zoned_of(x, zone));

CREATE OR REPLACE FUNCTION sf.text_ntz(x text, lenient boolean) RETURNS sf.ts
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sf.local_of(sf.text_parsed(x, 'TIMESTAMP', lenient));
CREATE OR REPLACE FUNCTION sf.text_ltz(x text, zone text, lenient boolean) RETURNS sf.ts
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN sf.instant_of(sf.text_parsed(x, 'TIMESTAMP', lenient), zone);
CREATE OR REPLACE FUNCTION sf.text_tz(x text, zone text, lenient boolean) RETURNS sf.tz
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN sf.zoned_of(sf.text_parsed(x, 'TIMESTAMP', lenient), zone);

CREATE OR REPLACE FUNCTION sf.text_date(x text, lenient boolean) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
BEGIN RETURN (sf.text_parsed(x, 'DATE', lenient)).t::date; END $f$;

CREATE OR REPLACE FUNCTION sf.text_time(x text, lenient boolean) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  m text[] := regexp_match(x, '^\s*([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{0,9})[0-9]*)?)?\s*$');
  stamp sf.parsed;
BEGIN
  IF m IS NOT NULL AND m[1]::int < 24 AND m[2]::int < 60 AND coalesce(m[3], '0')::int < 60 THEN
    RETURN ((m[1]::bigint * 60 + m[2]::bigint) * 60 + coalesce(m[3], '0')::bigint) * 1000000000 + rpad(coalesce(m[4], ''), 9, '0')::bigint;
  END IF;
  stamp := sf.parse_auto(x);
  IF stamp.t IS NOT NULL THEN RETURN sf.ts_time(ROW(stamp.t, stamp.n)::sf.ts); END IF;
  IF NOT lenient THEN PERFORM sf.not_recognized('TIME', x); END IF;
  RETURN NULL;
END $f$;

-- Text in a written format: the regular expression and what its groups are were made from the format when it was compiled.
CREATE OR REPLACE FUNCTION sf.parse_moment(x text, pattern text, fields text[], kind text, lenient boolean) RETURNS sf.parsed
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE
  m text[] := regexp_match(x, pattern);
  year int := 1970; month int := 1; day int := 1; hour int := 0; minute int := 0; second int := 0;
  fraction text := '000000000';
  zone smallint;
  zone_hour text;
  half text;
  at timestamp;
BEGIN
  IF m IS NOT NULL THEN
    FOR i IN 1 .. coalesce(array_length(fields, 1), 0) LOOP
      CONTINUE WHEN m[i] IS NULL OR m[i] = '';
      CASE fields[i]
        WHEN 'YYYY' THEN year := m[i]::int;
        WHEN 'YY' THEN year := CASE WHEN m[i]::int < 70 THEN 2000 ELSE 1900 END + m[i]::int;
        WHEN 'MM' THEN month := m[i]::int;
        WHEN 'MON', 'MMMM' THEN month := sf.month_number(m[i]);
        WHEN 'DD' THEN day := m[i]::int;
        WHEN 'HH24', 'HH12' THEN hour := m[i]::int;
        WHEN 'AM', 'PM' THEN half := upper(m[i]);
        WHEN 'MI' THEN minute := m[i]::int;
        WHEN 'SS' THEN second := m[i]::int;
        WHEN 'FF' THEN fraction := rpad(m[i], 9, '0');
        WHEN 'TZH:TZM', 'TZHTZM' THEN zone := sf.parse_offset(m[i]);
        WHEN 'TZH' THEN zone := sf.parse_offset(m[i]);
        WHEN 'TZM' THEN zone := zone + CASE WHEN zone < 0 THEN -1 ELSE 1 END * m[i]::int;
      END CASE;
    END LOOP;
    IF half = 'PM' AND hour < 12 THEN hour := hour + 12; ELSIF half = 'AM' AND hour = 12 THEN hour := 0; END IF;
    BEGIN
      at := sf.timestamp_of(year, month, day, hour, minute, second);
    EXCEPTION WHEN datetime_field_overflow THEN at := NULL;
    END;
    IF at IS NOT NULL THEN
      RETURN ROW(at + left(fraction, 6)::int * interval '1 microsecond', right(fraction, 3)::smallint, zone)::sf.parsed;
    END IF;
  END IF;
  IF NOT lenient THEN PERFORM sf.fail(100035, '22007', 'Can''t parse ''' || x || ''' as ' || lower(kind) || ' with the given format'); END IF;
  RETURN NULL;
END $f$;

DO $do$
DECLARE
  kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['sf.ts', 'sf.tz', 'bytea', 'uuid'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION sf.larger(a %1$s, b %1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $b$ SELECT CASE WHEN a >= b THEN a ELSE b END $b$', kind);
    EXECUTE format('CREATE OR REPLACE FUNCTION sf.smaller(a %1$s, b %1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $b$ SELECT CASE WHEN a <= b THEN a ELSE b END $b$', kind);
    EXECUTE format('CREATE OR REPLACE AGGREGATE sf.maximum(%1$s) (sfunc = sf.larger, stype = %1$s, combinefunc = sf.larger, parallel = safe)', kind);
    EXECUTE format('CREATE OR REPLACE AGGREGATE sf.minimum(%1$s) (sfunc = sf.smaller, stype = %1$s, combinefunc = sf.smaller, parallel = safe)', kind);
  END LOOP;
END $do$;
`;
