import fc from 'fast-check';

/** A value as SQL for Snowflake, and what must be found in Postgres. */
export interface TypedValue {
  /** An expression of Snowflake's SQL. */
  readonly snowflake: string;
  /** The expected text of the column's `read` expression; null for NULL. */
  readonly expected: string | null;
}

/** A column of one Snowflake type, with random and edge values of it. */
export interface TypedColumn {
  readonly name: string;
  readonly type: string;
  /** The Postgres type, where the default one is not what the test is about. */
  readonly postgresType?: string;
  /** SQL over `c` whose text tells every two different values apart. */
  readonly read: string;
  readonly values: fc.Arbitrary<TypedValue>;
}

const sqlText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}'`;

/** Sometimes NULL. */
const nullable = (values: fc.Arbitrary<TypedValue>, type: string): fc.Arbitrary<TypedValue> =>
  fc.oneof(
    { weight: 9, arbitrary: values },
    { weight: 1, arbitrary: fc.constant({ snowflake: `NULL::${type}`, expected: null }) },
  );

function integers(digits: number): fc.Arbitrary<TypedValue> {
  const bound = 10n ** BigInt(digits) - 1n;
  return fc
    .oneof(fc.bigInt({ min: -bound, max: bound }), fc.constantFrom(bound, -bound, 0n, 1n, -1n))
    .map((value) => ({ snowflake: String(value), expected: String(value) }));
}

function decimals(precision: number, scale: number): fc.Arbitrary<TypedValue> {
  const bound = 10n ** BigInt(precision) - 1n;
  return fc.oneof(fc.bigInt({ min: -bound, max: bound }), fc.constantFrom(bound, -bound, 0n, 1n)).map((unscaled) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return { snowflake: text, expected: text };
  });
}

/** Big-endian bits of a single. */
function floatBits4(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes.toString('hex');
}

/** Big-endian bits of a double; there is one NaN. */
export function floatBits(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(Number.isNaN(value) ? NaN : value);
  return Number.isNaN(value) ? '7ff8000000000000' : bytes.toString('hex');
}

const floats: fc.Arbitrary<TypedValue> = fc
  .oneof(
    fc.double(),
    fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308),
    fc.constantFrom(
      1.7976931348623157e308,
      0.1,
      1 / 3,
      9007199254740994,
      1.2345678901234567,
      123456789.12345678,
      4.35,
      1e23,
    ),
  )
  .map((value) => {
    const text = Object.is(value, -0)
      ? '-0'
      : Number.isFinite(value)
        ? value.toExponential()
        : value > 0
          ? 'inf'
          : value < 0
            ? '-inf'
            : 'NaN';
    return { snowflake: `'${text}'::FLOAT`, expected: floatBits(value) };
  });

const awkward = [
  '',
  ' ',
  '\\',
  '\\\\',
  '\\N',
  '\\n',
  '\\.',
  '\\t',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\b',
  '\f',
  '\v',
  '\u0001',
  '\u007f',
  "'",
  '"',
  '""',
  "''",
  '$$',
  '$1',
  'NULL',
  'null',
  'é',
  'ß',
  '中文',
  '😀',
  '\u{10ffff}',
  '\u00a0',
  '\u2028',
  '\ufeff',
  ',',
  ';',
  '--',
  '/*',
  '\\\\N',
  'a\\',
  '%s',
  '{}',
  '\ufffd',
];

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...awkward),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.integer({ min: 1, max: 0x9f }).map((code) => String.fromCodePoint(code)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));

const texts = fc
  .oneof(text, fc.constantFrom(...awkward))
  .map((value) => ({ snowflake: sqlText(value), expected: Buffer.from(value).toString('hex') }));

const booleans = fc.boolean().map((value) => ({ snowflake: value ? 'TRUE' : 'FALSE', expected: value ? 't' : 'f' }));

const pad = (value: number | bigint, length: number): string => String(value).padStart(length, '0');

/** Days from 0001-01-01 to 9999-12-31. */
const day = fc
  .oneof(fc.integer({ min: -719162, max: 2932896 }), fc.constantFrom(-719162, 2932896, 0, -1, 11016, 19782))
  .map((days) => {
    const date = new Date(days * 86_400_000);
    return `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
  });

const dates = day.map((value) => ({ snowflake: `'${value}'::DATE`, expected: value }));

/** Microseconds of a day. */
const timeOfDay = fc
  .oneof(fc.bigInt({ min: 0n, max: 86_399_999_999n }), fc.constantFrom(0n, 86_399_999_999n, 1n))
  .map((micros) => {
    const seconds = micros / 1_000_000n;
    return `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}.${pad(micros % 1_000_000n, 6)}`;
  });

const times = timeOfDay.map((value) => ({ snowflake: `'${value}'::TIME`, expected: value }));

const timestamps = fc
  .tuple(day, timeOfDay)
  .map(([date, time]) => ({ snowflake: `'${date} ${time}'::TIMESTAMP_NTZ`, expected: `${date} ${time}` }));

/** Nanoseconds, which are cut to microseconds and not rounded. */
const nanoTimestamps = fc.tuple(day, timeOfDay, fc.integer({ min: 0, max: 999 })).map(([date, time, nanos]) => ({
  snowflake: `'${date} ${time}${pad(nanos, 3)}'::TIMESTAMP_NTZ`,
  expected: `${date} ${time}`,
}));

const offsets = fc.oneof(fc.integer({ min: -14 * 60, max: 14 * 60 }), fc.constantFrom(0, 345, -210, 840, -840));

/** Local times whose instant is also within the years 1 to 9999 in UTC. */
const zoned = (type: string): fc.Arbitrary<TypedValue> =>
  fc
    .tuple(fc.integer({ min: -719161, max: 2932895 }), fc.bigInt({ min: 0n, max: 86_399_999_999n }), offsets)
    .map(([days, micros, offset]) => {
      const at = (shiftMinutes: number): string => {
        const total = BigInt(days) * 86_400_000_000n + micros + BigInt(shiftMinutes) * 60_000_000n;
        const millis = total >= 0n ? total / 1_000n : -((-total + 999n) / 1_000n);
        const iso = new Date(Number(millis));
        const rest = total - millis * 1_000n;
        return (
          `${pad(iso.getUTCFullYear(), 4)}-${pad(iso.getUTCMonth() + 1, 2)}-${pad(iso.getUTCDate(), 2)} ` +
          `${pad(iso.getUTCHours(), 2)}:${pad(iso.getUTCMinutes(), 2)}:${pad(iso.getUTCSeconds(), 2)}.${pad(iso.getUTCMilliseconds(), 3)}${pad(rest, 3)}`
        );
      };
      const sign = offset < 0 ? '-' : '+';
      const zone = `${sign}${pad(Math.trunc(Math.abs(offset) / 60), 2)}:${pad(Math.abs(offset) % 60, 2)}`;
      return { snowflake: `'${at(offset)} ${zone}'::${type}`, expected: at(0) };
    });

const binaries = fc.uint8Array({ maxLength: 40 }).map((bytes) => {
  const hex = Buffer.from(bytes).toString('hex');
  return { snowflake: `TO_BINARY('${hex}', 'HEX')`, expected: hex };
});

/** JSON whose text says exactly what it is: integers and short decimals, and no U+0000, which Postgres cannot hold. */
const jsonValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1024),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;

const variants = jsonValue.map((value) => ({
  snowflake: `PARSE_JSON(${sqlText(JSON.stringify(value))})`,
  expected: JSON.stringify(value),
}));
const objects = fc.dictionary(text, jsonValue, { maxKeys: 4 }).map((value) => ({
  snowflake: `PARSE_JSON(${sqlText(JSON.stringify(value))})::OBJECT`,
  expected: JSON.stringify(value),
}));
const arrays = fc.array(jsonValue, { maxLength: 4 }).map((value) => ({
  snowflake: `PARSE_JSON(${sqlText(JSON.stringify(value))})::ARRAY`,
  expected: JSON.stringify(value),
}));

const coordinate = (bound: number): fc.Arbitrary<number> =>
  fc.double({ min: -bound, max: bound, noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value));
const point = fc.tuple(coordinate(179), coordinate(89)).map(([x, y]) => `${x} ${y}`);
const line = fc.array(point, { minLength: 2, maxLength: 5 }).map((points) => `(${points.join(', ')})`);
/** A box with a hole in it, so that every polygon is valid on the sphere too. */
const polygon = fc
  .tuple(coordinate(150), coordinate(70), fc.double({ min: 0.5, max: 10, noNaN: true }), fc.boolean())
  .map(([x, y, size, hole]) => {
    const ring = (inset: number, clockwise: boolean): string => {
      const [west, south, east, north] = [x + inset, y + inset, x + size - inset, y + size - inset];
      const corners = [
        `${west} ${south}`,
        `${east} ${south}`,
        `${east} ${north}`,
        `${west} ${north}`,
        `${west} ${south}`,
      ];
      return `(${(clockwise ? corners.toReversed() : corners).join(', ')})`;
    };
    return `(${[ring(0, false), ...(hole ? [ring(size / 4, true)] : [])].join(', ')})`;
  });

const wkt = fc.oneof(
  point.map((value) => `POINT(${value})`),
  line.map((value) => `LINESTRING${value}`),
  polygon.map((value) => `POLYGON${value}`),
  fc
    .array(point, { minLength: 1, maxLength: 4 })
    .map((values) => `MULTIPOINT(${values.map((value) => `(${value})`).join(', ')})`),
  fc.array(line, { minLength: 1, maxLength: 3 }).map((values) => `MULTILINESTRING(${values.join(', ')})`),
  fc.array(polygon, { minLength: 1, maxLength: 2 }).map((values) => `MULTIPOLYGON(${values.join(', ')})`),
  fc.tuple(point, line).map(([a, b]) => `GEOMETRYCOLLECTION(POINT(${a}), LINESTRING${b})`),
  fc.constantFrom(
    'POINT EMPTY',
    'LINESTRING EMPTY',
    'POLYGON EMPTY',
    'MULTIPOINT EMPTY',
    'MULTIPOLYGON EMPTY',
    'GEOMETRYCOLLECTION EMPTY',
  ),
);

const geographies = wkt.map((value) => ({ snowflake: `TO_GEOGRAPHY('${value}')`, expected: `SRID=4326;${value}` }));
const geometries = fc.tuple(wkt, fc.constantFrom(0, 4326, 3857, 32614)).map(([value, srid]) => ({
  snowflake: `TO_GEOMETRY('${value}', ${srid})`,
  expected: srid === 0 ? value : `SRID=${srid};${value}`,
}));

const vectors = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), { minLength: 3, maxLength: 3 })
  // Snowflake's text of a vector element has six digits after the point.
  .map((values) => values.map((value) => Math.fround(Math.round(value * 64) / 64) + 0))
  .map((values) => ({
    snowflake: `[${values.join(', ')}]::VECTOR(FLOAT, 3)`,
    expected: values.map(floatBits4).join(','),
  }));

const uuids = fc.uuid().map((value) => ({ snowflake: `'${value}'::UUID`, expected: value }));

const geometryText = 'ST_AsEWKB(c)::text';

/** Every type of the design's table. Geometries are expected as EWKT, JSON as JSON text: Postgres itself makes them comparable. */
export const everyType: readonly TypedColumn[] = [
  { name: 'N4', type: 'NUMBER(4,0)', read: 'c::text', values: integers(4) },
  { name: 'N9', type: 'NUMBER(9,0)', read: 'c::text', values: integers(9) },
  { name: 'N18', type: 'NUMBER(18,0)', read: 'c::text', values: integers(18) },
  { name: 'N30', type: 'NUMBER(30,0)', read: 'c::text', values: integers(30) },
  { name: 'N38', type: 'NUMBER(38,0)', postgresType: 'numeric', read: 'c::text', values: integers(38) },
  { name: 'N38_10', type: 'NUMBER(38,10)', read: 'c::text', values: decimals(38, 10) },
  { name: 'N38_37', type: 'NUMBER(38,37)', read: 'c::text', values: decimals(38, 37) },
  { name: 'F', type: 'FLOAT', read: `encode(float8send(c), 'hex')`, values: floats },
  { name: 'T', type: 'VARCHAR', read: `encode(convert_to(c, 'UTF8'), 'hex')`, values: texts },
  { name: 'T200', type: 'VARCHAR(200)', read: `encode(convert_to(c, 'UTF8'), 'hex')`, values: texts },
  { name: 'B', type: 'BOOLEAN', read: `CASE c WHEN true THEN 't' WHEN false THEN 'f' END`, values: booleans },
  { name: 'D', type: 'DATE', read: `to_char(c, 'YYYY-MM-DD')`, values: dates },
  { name: 'TM', type: 'TIME', read: `to_char(c, 'HH24:MI:SS.US')`, values: times },
  { name: 'TS', type: 'TIMESTAMP_NTZ', read: `to_char(c, 'YYYY-MM-DD HH24:MI:SS.US')`, values: timestamps },
  { name: 'TSN', type: 'TIMESTAMP_NTZ', read: `to_char(c, 'YYYY-MM-DD HH24:MI:SS.US')`, values: nanoTimestamps },
  {
    name: 'TL',
    type: 'TIMESTAMP_LTZ',
    read: `to_char(c AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
    values: zoned('TIMESTAMP_LTZ'),
  },
  {
    name: 'TZ',
    type: 'TIMESTAMP_TZ',
    read: `to_char(c AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
    values: zoned('TIMESTAMP_TZ'),
  },
  { name: 'BI', type: 'BINARY', read: `encode(c, 'hex')`, values: binaries },
  { name: 'V', type: 'VARIANT', read: 'json', values: variants },
  { name: 'O', type: 'OBJECT', read: 'json', values: objects },
  { name: 'A', type: 'ARRAY', read: 'json', values: arrays },
  { name: 'GG', type: 'GEOGRAPHY', read: geometryText, values: geographies },
  { name: 'GM', type: 'GEOMETRY', read: geometryText, values: geometries },
  {
    name: 'VE',
    type: 'VECTOR(FLOAT, 3)',
    read: `(SELECT string_agg(encode(float4send(x), 'hex'), ',') FROM unnest(c) AS x)`,
    values: vectors,
  },
  { name: 'U', type: 'UUID', read: 'c::text', values: uuids },
];

/** A row of random values of every column. */
export const everyTypeRow: fc.Arbitrary<readonly TypedValue[]> = fc.tuple(
  ...everyType.map(({ values, type }) => nullable(values, type)),
);

/** A few such rows. */
export const everyTypeRows = fc.array(everyTypeRow, { minLength: 1, maxLength: 12 });
