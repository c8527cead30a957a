import { copyLineColumn, copyLineExpression, type CopyField } from '../extract/copy-line.ts';
import { blockCharacters, isSameDivision, powerOfTwo, type BucketSet, type Division } from './bucket-set.ts';
import { withFloatParts } from './float-bits.ts';
import type { HashedRow } from './hashed-row.ts';

/**
 * The statements by which Snowflake compares. A hash is the lower half of an MD5, a number from 0 to 2^64 - 1. Sums of hashes are
 * NUMBER(38,0): 10^18 rows fit.
 */

/**
 * Rows of the source.
 * @see https://docs.snowflake.com/en/sql-reference/functions/count
 */
export function sourceCount(query: string): string {
  return `SELECT COUNT(*) FROM (\n${query}\n)`;
}

/**
 * For each bucket: its number, its rows, and for each group of columns the sum of their hashes.
 * @param within only these buckets are divided; null divides the whole source.
 * @see https://docs.snowflake.com/en/sql-reference/functions/md5_number_lower64
 */
export function sourceBuckets(query: string, row: HashedRow, division: Division, within: BucketSet | null): string {
  const summed = row.source.groups.length === 0 ? ['K'] : row.source.groups.map((_, index) => `K || G${index}`);
  const hashes = summed.map((text, index) => `MD5_NUMBER_LOWER64(${text}) AS H${index}`);
  return (
    `SELECT ${['B', 'COUNT(*)', ...summed.map((_, index) => `SUM(H${index})`)].join(', ')}\n` +
    `FROM (SELECT ${[`${bucketNumber(division)} AS B`, ...hashes].join(', ')} FROM ${texts(query, row)})\n` +
    `${where(within, division)}GROUP BY B`
  );
}

/**
 * The hashes of rows, in one text column: those of key and row, and how many rows have them.
 * @see https://docs.snowflake.com/en/sql-reference/functions/md5_number_lower64
 */
export function sourceRowHashes(query: string, row: HashedRow, within: BucketSet): string {
  const whole = ['K', ...row.source.groups.map((_, index) => `G${index}`)].join(' || ');
  return (
    `SELECT TO_VARCHAR(KH) || ',' || TO_VARCHAR(RH) || ',' || TO_VARCHAR(COUNT(*)) AS ${copyLineColumn}\n` +
    `FROM (SELECT ${bucketNumber(within.division)} AS B, MD5_NUMBER_LOWER64(K) AS KH, MD5_NUMBER_LOWER64(${whole}) AS RH FROM ${texts(query, row)})\n` +
    `${where(within, within.division)}GROUP BY KH, RH`
  );
}

/**
 * Rows by the hashes of their keys, as COPY lines. A list holds no more than 16,384 expressions.
 * @see https://docs.snowflake.com/en/sql-reference/functions/in
 */
export function sourceRowsOf(
  query: string,
  row: HashedRow,
  fields: readonly CopyField[],
  options: { readonly strip: boolean },
  keyHashes: readonly string[],
): string {
  // Of rows without a key, all that share a hash are the same.
  const distinct = row.keyed ? '' : 'DISTINCT ';
  return (
    `SELECT ${distinct}${copyLineExpression(fields, options)} AS ${copyLineColumn}\nFROM ${withFloatParts(query, row.floats)}\n` +
    `WHERE MD5_NUMBER_LOWER64(${row.source.key}) IN (${keyHashes.join(', ')})`
  );
}

/**
 * Some fields of every row, as COPY lines, with the hash of its key and its other hashed columns as one more field.
 * @see https://docs.snowflake.com/en/sql-reference/functions/md5_number_lower64
 */
export function sourceUnhashedRows(
  query: string,
  row: HashedRow,
  fields: readonly CopyField[],
  options: { readonly strip: boolean },
): string {
  const whole = [row.source.key, ...row.source.groups].join(' || ');
  return (
    `SELECT ${copyLineExpression(fields, options)}\n    || CHR(9) || TO_VARCHAR(MD5_NUMBER_LOWER64(${whole})) AS ${copyLineColumn}\n` +
    `FROM ${withFloatParts(query, row.floats)}`
  );
}

/** The texts of key and groups; computed once, and hashed one level up. */
function texts(query: string, row: HashedRow): string {
  const columns = [`${row.source.key} AS K`, ...row.source.groups.map((text, index) => `${text} AS G${index}`)];
  return `(\nSELECT ${columns.join(',\n  ')}\nFROM ${withFloatParts(query, row.floats)}\n)`;
}

/** The bucket of a row, over the key's text. */
function bucketNumber({ block, key }: Division): string {
  const ofBlock = `MOD(MD5_NUMBER_LOWER64(LEFT(K, GREATEST(LENGTH(K) - ${blockCharacters}, 0))), ${powerOfTwo(block)})`;
  return key === 0 ? ofBlock : `${ofBlock} + MOD(MD5_NUMBER_LOWER64(K), ${powerOfTwo(key)}) * ${powerOfTwo(block)}`;
}

/** @param division that of the numbers that the rows have: a part of the other's. */
function where(within: BucketSet | null, division: Division): string {
  if (within === null) return '';
  const { block, key } = within.division;
  const bucket = isSameDivision(within.division, division) ? 'B' : `MOD(B, ${powerOfTwo(block + key)})`;
  return `WHERE ${bucket} IN (${within.numbers.join(', ')})\n`;
}
