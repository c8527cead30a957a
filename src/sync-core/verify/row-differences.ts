import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { PostgresSession, Transaction } from '../postgres/session.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { toValueError } from '../stage/value-error.ts';
import type { HashDifference } from './bucket-comparison.ts';
import { signed, unsigned } from './compared-side.ts';
import { readingOptions, type Comparison } from './comparison.ts';
import { sourceRowsOf } from './source-hashes.ts';
import { targetKeyHash } from './target-hashes.ts';
import type { ColumnDifference, RowDifference } from './verification.ts';

/** The most keys of which rows are fetched at once: a list of Snowflake holds 16,384 expressions. */
export const keysAtOnce = 8_192;

/** A row of either side as text. */
interface RowText {
  /** The hash of its key. */
  readonly key: string;
  /** What it is compared by: each column's canonical text, or Postgres' own where it has none. */
  readonly compared: readonly (string | null)[];
  /** Postgres' own text of each column. */
  readonly values: readonly (string | null)[];
}

/**
 * Fetches the rows of some differences from both sides and compares them value by value, those of columns that are not hashed too. The
 * source's rows are stored in a temporary table of the target's types first: what is compared is what a sync would have stored.
 * @param differences no more than {@link keysAtOnce}, and few enough that their rows fit into memory.
 * @returns in the order of `differences`. One whose rows turn out to be the same is left out: a source without a snapshot has changed.
 * @throws SyncError `value.…` where Postgres cannot hold a value, `postgres.…`, `snowflake.…`.
 */
export async function describeDifferences(
  comparison: Comparison,
  differences: readonly HashDifference[],
  sessions: { readonly snowflake: SnowflakeSession; readonly postgres: PostgresSession; readonly signal: AbortSignal },
): Promise<RowDifference[]> {
  if (differences.length === 0) return [];
  const { config, live, fieldColumns, fields } = comparison;
  const body = await fetchRows(comparison, differences, sessions);
  const keys = differences.map(({ key }) => signed(key));
  const [source, target] = await sessions.postgres.transaction(async (transaction) => {
    await transaction.query(temporaryTable(comparison));
    const valueContext = {
      table: config.name,
      fields: fields.map(({ postgresType }, index) => ({ target: fieldColumns[index] ?? '', postgresType })),
      key: config.key,
    };
    try {
      const columns = fieldColumns.map(quoteIdentifier).join(', ');
      await transaction.copyIn(`COPY ${temporaryName} (${columns}) FROM STDIN (FORMAT text, ENCODING 'UTF8')`, body);
    } catch (error) {
      throw toValueError(error, { body, rows: 0 }, valueContext);
    }
    return [
      await rowTexts(transaction, comparison, temporaryName, keys),
      await rowTexts(transaction, comparison, quoteRelation(live), keys),
    ];
  }, readingOptions(config));
  return differences.flatMap((difference) => pair(comparison, difference, source, target));
}

/** The source's rows of some differences, as COPY text. */
async function fetchRows(
  { snapshot, row, fields, config }: Comparison,
  differences: readonly HashDifference[],
  { snowflake, signal }: { readonly snowflake: SnowflakeSession; readonly signal: AbortSignal },
): Promise<Buffer> {
  // Also of a row that the target has once more: only beside it can be seen which of them is too many.
  const keys = differences.filter(({ inSource }) => inSource).map(({ key }) => key);
  if (keys.length === 0) return Buffer.alloc(0);
  const strip = config.onUnrepresentable === 'strip';
  const result = await snowflake.submit(sourceRowsOf(snapshot.query, row, fields, { strip }, keys));
  const pieces: Buffer[] = [];
  for await (const { body } of result.lines(signal)) pieces.push(Buffer.from(body));
  return Buffer.concat(pieces);
}

const temporaryName = 'pg_temp.snowmelt_source_rows';

function temporaryTable({ live, fieldColumns }: Comparison): string {
  const columns = live.columns
    .filter(({ name }) => fieldColumns.includes(name))
    .map(
      ({ name, type, collation }) =>
        `${quoteIdentifier(name)} ${type}${collation === null ? '' : ` COLLATE ${collation}`}`,
    );
  return `CREATE TABLE ${temporaryName} (${columns.join(', ')}) ON COMMIT DROP`;
}

async function rowTexts(
  transaction: Transaction,
  { row, fieldColumns, fieldTexts }: Comparison,
  relation: string,
  keys: readonly string[],
): Promise<RowText[]> {
  const values = fieldColumns.map((name) => `${quoteIdentifier(name)}::text`).join(', ');
  const rows = await transaction.query<{ key: string; compared: (string | null)[]; values: (string | null)[] }>(
    `SELECT ${targetKeyHash(row)}::text AS key, ARRAY[${fieldTexts.join(', ')}] AS compared, ARRAY[${values}] AS values
       FROM ${relation} WHERE ${targetKeyHash(row)} = ANY ($1::bigint[])`,
    [keys],
  );
  return rows.map((found) => ({ ...found, key: unsigned(found.key) }));
}

/** The rows under one key, side by side: each source row with a target row, as long as there are both. Equal ones are taken away. */
function pair(
  comparison: Comparison,
  { key, source: surplus, target: excess }: HashDifference,
  source: readonly RowText[],
  target: readonly RowText[],
): RowDifference[] {
  const ours = source.filter((row) => row.key === key);
  const theirs = target.filter((row) => row.key === key);
  if (comparison.config.key.length === 0) {
    // All of them are the same: one stands for its copies.
    return [
      ...surplus.map(({ copies }) => rowDifference(comparison, ours[0], undefined, copies)),
      ...excess.map(({ copies }) => rowDifference(comparison, undefined, theirs[0], copies)),
    ].filter(({ columns }) => columns.length > 0);
  }
  for (const [index, row] of [...ours.entries()].toReversed()) {
    const same = theirs.findIndex((other) => isSame(row, other));
    if (same < 0) continue;
    ours.splice(index, 1);
    theirs.splice(same, 1);
  }
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) =>
    rowDifference(comparison, ours[index], theirs[index], 1),
  );
}

function isSame(a: RowText, b: RowText): boolean {
  return a.compared.every((text, index) => text === b.compared[index]);
}

function rowDifference(
  { config, fieldColumns }: Comparison,
  source: RowText | undefined,
  target: RowText | undefined,
  copies: number,
): RowDifference {
  const both = source !== undefined && target !== undefined;
  const columns = fieldColumns.flatMap((column, index): ColumnDifference[] => {
    if (both && source.compared[index] === target.compared[index]) return [];
    return [{ column, source: source?.values[index] ?? null, target: target?.values[index] ?? null }];
  });
  const of = source ?? target;
  const key = config.key.map((name) => [name, of?.values[fieldColumns.indexOf(name)] ?? null] as const);
  return {
    kind: source === undefined ? 'extra' : target === undefined ? 'missing' : 'different',
    key: Object.fromEntries(key),
    columns: of === undefined ? [] : columns,
    copies,
  };
}
