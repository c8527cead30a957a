import { SyncError } from '../errors.ts';
import type { CopyField } from '../extract/copy-line.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { copyInBatches, type CopyBatch } from '../stage/copy-batches.ts';
import { toValueError } from '../stage/value-error.ts';
import { unsigned } from './compared-side.ts';
import { readingOptions, type Comparison } from './comparison.ts';
import { sourceUnhashedRows } from './source-hashes.ts';
import { targetKeyHash, targetRowHash } from './target-hashes.ts';
import type { RowDifference } from './verification.ts';

/** Rows that differ in columns that cannot be hashed, and in no other. */
export interface UnhashedDifferences {
  /** The hashes of their keys. */
  readonly keys: readonly string[];
  /** The first of them. */
  readonly rows: readonly RowDifference[];
}

/** What the comparison is made with. */
export interface UnhashedOptions {
  readonly snowflake: SnowflakeSession;
  readonly postgres: PostgresSession;
  readonly signal: AbortSignal;
  /** How many rows are still to be shown. */
  readonly shown: () => number;
}

/**
 * Fetches the columns that cannot be hashed, of every row, and compares them with the target's as they would be stored there. Rows whose
 * hashes differ are left out: they are known already. One statement of the source; rows pass through a temporary table, a batch a
 * transaction.
 * @param found told of each batch that has differences.
 * @throws SyncError `usage` for a table without a key; `value.…`, `snowflake.…`, `postgres.…`.
 */
export async function compareUnhashed(
  comparison: Comparison,
  options: UnhashedOptions,
  found: (differences: UnhashedDifferences) => Promise<void>,
): Promise<void> {
  const { config, snapshot, row, unhashedColumns, fields, fieldColumns } = comparison;
  if (unhashedColumns.length === 0) return;
  if (config.key.length === 0) {
    throw new SyncError('usage', `${config.name} has no key: columns that cannot be hashed cannot be compared.`, {
      table: config.name,
      remedy: 'Give it a "key", or leave out --all-columns.',
    });
  }
  const names = [...config.key, ...unhashedColumns.map(({ column }) => column)];
  const fetched = names.map((name): CopyField => {
    const field = fields[fieldColumns.indexOf(name)];
    if (field === undefined) throw new SyncError('internal', `The column ${name} is compared, and nothing fills it.`);
    return field;
  });
  const strip = config.onUnrepresentable === 'strip';
  const source = await options.snowflake.submit(sourceUnhashedRows(snapshot.query, row, fetched, { strip }));
  await copyInBatches((signal) => source.lines(signal), source.rowCount, {
    signal: options.signal,
    copy: async (batch) => {
      const differences = await compareBatch(comparison, names, batch, options);
      if (differences.keys.length > 0) await found(differences);
    },
    onCopied: () => undefined,
  });
}

const temporaryName = 'pg_temp.snowmelt_unhashed';

async function compareBatch(
  comparison: Comparison,
  names: readonly string[],
  batch: CopyBatch,
  { postgres, shown }: UnhashedOptions,
): Promise<UnhashedDifferences> {
  const { config, live } = comparison;
  const keys = config.key.length;
  const typed = names.map((name) => {
    const column = live.columns.find((candidate) => candidate.name === name);
    const collation = column?.collation == null ? '' : ` COLLATE ${column.collation}`;
    return { target: name, postgresType: column?.type ?? 'text', definition: `${column?.type ?? 'text'}${collation}` };
  });
  const texts = (from: (name: string, index: number) => string, list: readonly string[], offset: number): string =>
    `ARRAY[${list.map((name, index) => `${from(name, offset + index)}::text`).join(', ')}]`;
  const ours = (_: string, index: number): string => `s.snowmelt_c${index}`;
  const theirs = (name: string): string => `t.${quoteIdentifier(name)}`;
  const [keyNames, others] = [names.slice(0, keys), names.slice(keys)];
  const sameKey = keyNames.map((name, index) => `${theirs(name)} = s.snowmelt_c${index}`).join(' AND ');
  const shownTexts = [texts(theirs, keyNames, 0), texts(ours, others, keys), texts(theirs, others, keys)];
  const found = await postgres.transaction(async (transaction) => {
    const columns = typed.map(({ definition }, index) => `snowmelt_c${index} ${definition}`);
    await transaction.query(
      `CREATE TABLE ${temporaryName} (${columns.join(', ')}, snowmelt_row_hash numeric) ON COMMIT DROP`,
    );
    try {
      await transaction.copyIn(`COPY ${temporaryName} FROM STDIN (FORMAT text, ENCODING 'UTF8')`, batch.body);
    } catch (error) {
      throw toValueError(error, batch, { table: config.name, fields: typed, key: config.key });
    }
    await transaction.query(`ANALYZE ${temporaryName}`);
    // A hash of Snowflake has no sign.
    const hash = `(s.snowmelt_row_hash - CASE WHEN s.snowmelt_row_hash >= 9223372036854775808 THEN 18446744073709551616 ELSE 0 END)::bigint`;
    return transaction.query<{ key: string; shown: [string[], (string | null)[], (string | null)[]] | null }>(
      `SELECT key::text, CASE WHEN row_number() OVER () <= $1 THEN json_build_array(k, o, t) END AS shown
         FROM (SELECT ${targetKeyHash(comparison.row)} AS key, ${shownTexts.map((text, index) => `${text} AS ${['k', 'o', 't'][index] ?? ''}`).join(', ')}
                 FROM ${temporaryName} s JOIN ${quoteRelation(live)} t ON ${sameKey}
                WHERE ${targetRowHash(comparison.row)} = ${hash}) AS pairs
        WHERE o IS DISTINCT FROM t`,
      [shown()],
    );
  }, readingOptions(config));
  return {
    keys: found.map(({ key }) => unsigned(key)),
    rows: found.flatMap(({ shown: row }): RowDifference[] =>
      row === null ? [] : [rowDifference(keyNames, others, row)],
    ),
  };
}

function rowDifference(
  keyNames: readonly string[],
  others: readonly string[],
  [key, source, target]: readonly [readonly string[], readonly (string | null)[], readonly (string | null)[]],
): RowDifference {
  return {
    kind: 'different',
    key: Object.fromEntries(keyNames.map((name, index) => [name, key[index] ?? null])),
    columns: others.flatMap((column, index) => {
      const [ours, theirs] = [source[index] ?? null, target[index] ?? null];
      return ours === theirs ? [] : [{ column, source: ours, target: theirs }];
    }),
    copies: 1,
  };
}
