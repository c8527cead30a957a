import type { RelationName } from '../config/resolved.ts';
import { quoteRelation } from '../postgres/identifiers.ts';
import { blockCharacters, powerOfTwo, type BucketSet, type Division } from './bucket-set.ts';
import type { HashedRow } from './hashed-row.ts';

/**
 * The statements by which Postgres compares: the twins of those in `source-hashes.ts`. A hash is a `bigint` here, whose bits are
 * those of Snowflake's number; it is read without its sign wherever it leaves a statement.
 */

/** Rows of the target. */
export function targetCount(relation: RelationName): string {
  return `SELECT count(*)::text AS rows FROM ${quoteRelation(relation)}`;
}

/** For each bucket: its number, its rows, and for each group of columns the sum of their hashes. */
export function targetBuckets(
  relation: RelationName,
  row: HashedRow,
  division: Division,
  within: BucketSet | null,
): string {
  const summed = row.target.groups.length === 0 ? ['k'] : row.target.groups.map((_, index) => `k || g${index}`);
  const hashes = summed.map((text, index) => `${hashOf(row, text)} AS h${index}`);
  const sums = summed.map((_, index) => sumOf(`h${index}`));
  const hashed = [`${bucketNumber(row, 'k', division)} AS b`, ...hashes].join(', ');
  return (
    `SELECT b::text AS bucket, count(*)::text AS rows, ARRAY[${sums.join(', ')}]::text[] AS sums\n` +
    `FROM (SELECT ${hashed} FROM ${texts(relation, row, within)} AS texts OFFSET 0) AS hashes\n` +
    `GROUP BY b`
  );
}

/** The hashes of key and row, and how many rows have them. */
export function targetRowHashes(relation: RelationName, row: HashedRow, within: BucketSet): string {
  const whole = ['k', ...row.target.groups.map((_, index) => `g${index}`)].join(' || ');
  return (
    `SELECT kh::text AS key, rh::text AS row, count(*)::text AS copies\n` +
    `FROM (SELECT ${hashOf(row, 'k')} AS kh, ${hashOf(row, whole)} AS rh FROM ${texts(relation, row, within)} AS texts OFFSET 0) AS hashes\n` +
    `GROUP BY kh, rh`
  );
}

/** The hash of a row's key, over its columns. */
export function targetKeyHash(row: HashedRow): string {
  return hashOf(row, row.target.key);
}

/** The hash of a whole row, over its columns. */
export function targetRowHash(row: HashedRow): string {
  return hashOf(row, [row.target.key, ...row.target.groups].join(' || '));
}

/** A subquery with an offset stays as it is: merged with what is around it, a text or hash would be computed once for each use. */
function texts(relation: RelationName, row: HashedRow, within: BucketSet | null): string {
  const columns = [`${row.target.key} AS k`, ...row.target.groups.map((text, index) => `${text} AS g${index}`)];
  const where =
    within === null
      ? ''
      : ` WHERE ${bucketNumber(row, `(${row.target.key})`, within.division)} IN (${within.numbers.join(', ')})`;
  return `(SELECT ${columns.join(',\n  ')}\nFROM ${quoteRelation(relation)}${where} OFFSET 0)`;
}

/** The bucket of a row, over its key's text. */
function bucketNumber(row: HashedRow, text: string, { block, key }: Division): string {
  // A negative count leaves out that many characters at the end.
  const ofBlock = `(${hashOf(row, `left(${text}, -${blockCharacters})`)} & ${mask(block)})`;
  return key === 0 ? ofBlock : `(${ofBlock} | ((${hashOf(row, text)} & ${mask(key)}) << ${block}))`;
}

/** Snowflake's text is UTF-8, and so is what it hashes. */
function hashOf({ utf8 }: HashedRow, text: string): string {
  const hashed = utf8 ? text : `convert_to(${text}, 'UTF8')`;
  return `('x' || substr(md5(${hashed}), 17))::bit(64)::bigint`;
}

/** A sum over a `bigint` is exact and fast; what its sign has taken away is added again. */
function sumOf(hash: string): string {
  return `sum(${hash}) + count(*) FILTER (WHERE ${hash} < 0) * 18446744073709551616`;
}

function mask(bits: number): string {
  return `${BigInt(powerOfTwo(bits)) - 1n}::bigint`;
}
