import { snowflakeText } from '../extract/copy-escapes.ts';

/**
 * The text of a FLOAT that both sides hash: its bits. Decimal digits would not do: 17 of them tell all doubles apart, but where a value
 * lies halfway between two such texts (half of all singles from 256 to 512 do), programs round one way or the other, and no
 * page says which way TO_VARCHAR goes.
 *
 * Postgres has the bits. Snowflake computes them, by operations whose result is exact in IEEE 754 arithmetic: multiplication by a
 * power of two, subtraction of 1 from a number between 1 and 2, and a logarithm that may be off by one and is then corrected.
 * Very small values (all subnormal ones among them) and very large ones are brought nearer to 1 first, and marked for it, so that
 * no power of two in between is subnormal itself.
 */

/** Beyond 2 to this power, upwards or downwards, a value is scaled by 2 to the {@link scale}. */
const ordinary = 960;
const scale = 537;
/** 2 to the 52nd: the units of a mantissa. */
const mantissaUnits = '4503599627370496';

/** A FLOAT column of the source, and the columns that are computed beside it. */
export interface FloatColumn {
  /** Quoted. */
  readonly column: string;
  /** Names, quoted, of what is computed on the way: the scaled value, its exponent and its mantissa. */
  readonly scaled: string;
  readonly exponent: string;
  readonly mantissa: string;
}

/**
 * Computes the scaled value, then the exponent, then the mantissa of each column, in queries around the source: each needs the one
 * before, several times over. What is no ordinary number is NULL there, so that no order of evaluation can fail on it.
 */
export function withFloatParts(query: string, floats: readonly FloatColumn[]): string {
  if (floats.length === 0) return `(\n${query}\n)`;
  const beside = (from: string, expression: (float: FloatColumn) => string): string =>
    `(SELECT *, ${floats.map(expression).join(', ')}\nFROM ${from})`;
  const scaled = beside(
    `(\n${query}\n)`,
    ({ column, scaled: name }) =>
      `CASE WHEN ${column} = 'NaN'::FLOAT OR ${column} = 'inf'::FLOAT OR ${column} = '-inf'::FLOAT OR ${column} = 0 THEN NULL ` +
      `WHEN ABS(${column}) < POWER(2, -${ordinary}) THEN ABS(${column}) * POWER(2, ${scale}) ` +
      `WHEN ABS(${column}) > POWER(2, ${ordinary}) THEN ABS(${column}) * POWER(2, -${scale}) ELSE ABS(${column}) END AS ${name}`,
  );
  const exponents = beside(scaled, (float) => `FLOOR(LN(${float.scaled}) / LN(2)) AS ${float.exponent}`);
  return beside(exponents, (float) => `${float.scaled} * POWER(2, -${float.exponent}) AS ${float.mantissa}`);
}

/** The text in Snowflake, over what {@link withFloatParts} has computed; NULL for NULL. */
export function sourceFloatText({ column, exponent, mantissa }: FloatColumn): string {
  const bits = (bias: number, fraction: string): string =>
    `(${exponent} + ${bias})::NUMBER(38,0) * ${mantissaUnits} + ((${fraction}) * ${mantissaUnits})::NUMBER(38,0)`;
  return (
    `CASE WHEN ${column} = 'NaN'::FLOAT THEN 'NaN' WHEN ${column} = 'inf'::FLOAT THEN 'Infinity' ` +
    `WHEN ${column} = '-inf'::FLOAT THEN '-Infinity' ` +
    // The sign of a zero is what the extract has sent.
    `WHEN ${column} = 0 THEN IFF(STARTSWITH(TO_VARCHAR(${column}, 'TME'), ${snowflakeText('-')}), '-0', '0') ` +
    `ELSE IFF(${column} < 0, '-', '') || CASE WHEN ABS(${column}) < POWER(2, -${ordinary}) THEN 's' ` +
    `WHEN ABS(${column}) > POWER(2, ${ordinary}) THEN 'l' ELSE '' END || ` +
    `TO_VARCHAR(CASE WHEN ${mantissa} < 1 THEN ${bits(1022, `${mantissa} * 2 - 1`)} ` +
    `WHEN ${mantissa} >= 2 THEN ${bits(1024, `${mantissa} / 2 - 1`)} ELSE ${bits(1023, `${mantissa} - 1`)} END) END`
  );
}

/** The same text in Postgres, of a `double precision`. */
export function targetFloatText(column: string): string {
  const power = (exponent: number): string => `power(2::float8, ${exponent})`;
  return (
    `CASE WHEN ${column} IN ('NaN', 'Infinity', '-Infinity', 0) THEN ${column}::text ` +
    `ELSE CASE WHEN ${column} < 0 THEN '-' ELSE '' END || CASE WHEN abs(${column}) < ${power(-ordinary)} THEN 's' ` +
    `WHEN abs(${column}) > ${power(ordinary)} THEN 'l' ELSE '' END || ` +
    `('x' || encode(float8send(CASE WHEN abs(${column}) < ${power(-ordinary)} THEN abs(${column}) * ${power(scale)} ` +
    `WHEN abs(${column}) > ${power(ordinary)} THEN abs(${column}) * ${power(-scale)} ELSE abs(${column}) END), 'hex'))::bit(64)::bigint::text END`
  );
}
