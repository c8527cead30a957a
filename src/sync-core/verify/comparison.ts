import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { CopyField } from '../extract/copy-line.ts';
import { matchNames, type MatchedColumn } from '../plan/match-columns.ts';
import { displayRelation, quoteIdentifier } from '../postgres/identifiers.ts';
import { describeRelation, type Column, type Relation } from '../postgres/relation.ts';
import type { PostgresSession, TransactionOptions } from '../postgres/session.ts';
import type { SourceColumn } from '../snowflake/describe.ts';
import { quoteSnowflakeIdentifier } from '../snowflake/identifiers.ts';
import { canonicalText, type CanonicalText, type NoCanonicalText } from './canonical-text.ts';
import type { FloatColumn } from './float-bits.ts';
import { hashedRow, type HashedColumn, type HashedRow } from './hashed-row.ts';
import type { SourceSnapshot } from './source-snapshot.ts';
import type { UnhashedColumn } from './verification.ts';

/** A table and its source, and how their rows are compared. */
export interface Comparison {
  readonly config: TableConfig;
  readonly live: Relation;
  readonly snapshot: SourceSnapshot;
  readonly row: HashedRow;
  readonly hashedColumns: readonly string[];
  /** Columns that the source fills and that cannot be hashed. */
  readonly unhashedColumns: readonly UnhashedColumn[];
  readonly otherColumns: readonly UnhashedColumn[];
  /** What is fetched of a row that differs: every column that the source fills. */
  readonly fields: readonly CopyField[];
  /** The target columns of the fields, in the same order. */
  readonly fieldColumns: readonly string[];
  /** What each of them is compared by once its row is fetched: its canonical text, or Postgres' own where it has none. */
  readonly fieldTexts: readonly string[];
}

/**
 * The table that is compared.
 * @throws SyncError `target.missing`.
 */
export async function describeTarget(postgres: PostgresSession, config: TableConfig): Promise<Relation> {
  const live = await postgres.transaction((transaction) => describeRelation(transaction, config.target));
  if (live !== undefined) return live;
  throw new SyncError(
    'target.missing',
    `${displayRelation(config.target)} does not exist: there is nothing to verify.`,
    {
      table: config.name,
      remedy: `Run \`snowmelt sync ${config.name}\`, which creates it.`,
    },
  );
}

/** How the target is read: its texts are the ones that are hashed, and rows that a policy hides fail the statement. */
export function readingOptions(config: TableConfig): TransactionOptions {
  return {
    statementTimeoutMs: config.statementTimeoutMs,
    settings: { row_security: 'off', extra_float_digits: '1' },
  };
}

/**
 * Settles which columns are hashed and how.
 * @throws SyncError `usage` or `source.unsupported` where a column of the key cannot be hashed, or none can.
 */
export async function describeComparison(
  config: TableConfig,
  live: Relation,
  snapshot: SourceSnapshot,
  postgres: PostgresSession,
): Promise<Comparison> {
  const matched = matchNames(config, snapshot.columns);
  const texts = columnTexts(config, live, matched, postgres.server.postgisSchema);
  const hashed = texts.flatMap(({ name, text }): HashedColumn[] => ('reason' in text ? [] : [{ name, text }]));
  const keys = new Set(config.key);
  const key = config.key.map((name) => keyColumn(config, name, texts));
  const others = hashed.filter(({ name }) => !keys.has(name));
  if (key.length + others.length === 0) {
    throw new SyncError('source.unsupported', `${config.name}: none of its columns can be hashed.`, {
      table: config.name,
      remedy: 'Compare it with --level count.',
    });
  }
  const [server] = await postgres.query<{ encoding: string }>('SELECT getdatabaseencoding()::text AS encoding');
  const filled = texts.filter(({ source }) => source !== undefined);
  const present = new Set(live.columns.map(({ name }) => name));
  return {
    config,
    live,
    snapshot,
    row: hashedRow(key, others, { utf8: server?.encoding === 'UTF8' }),
    hashedColumns: hashed.map(({ name }) => name),
    unhashedColumns: unhashedOf(texts),
    otherColumns: [
      ...texts.flatMap(({ name, text }) => ('reason' in text ? [{ column: name, reason: text.reason }] : [])),
      ...matched
        .filter(({ target }) => !present.has(target))
        .map(({ target }) => ({ column: target, reason: 'the table does not have it yet: the next sync adds it' })),
    ],
    fields: filled.flatMap(({ source, type }) =>
      source === undefined ? [] : [{ source: source.name, type: source.type, postgresType: type }],
    ),
    fieldColumns: filled.map(({ name }) => name),
    fieldTexts: filled.map(({ name, text }) => ('reason' in text ? `${quoteIdentifier(name)}::text` : text.target)),
  };
}

/** The columns that the source fills and that cannot be hashed. */
export function unhashedColumns(
  config: TableConfig,
  live: Relation,
  sourceColumns: readonly SourceColumn[],
  postgres: PostgresSession,
): readonly UnhashedColumn[] {
  return unhashedOf(columnTexts(config, live, matchNames(config, sourceColumns), postgres.server.postgisSchema));
}

function unhashedOf(texts: readonly ColumnText[]): readonly UnhashedColumn[] {
  return texts.flatMap(({ name, source, text }) =>
    source !== undefined && 'reason' in text ? [{ column: name, reason: text.reason }] : [],
  );
}

interface ColumnText {
  readonly name: string;
  readonly type: string;
  /** Undefined where no source column fills it. */
  readonly source: SourceColumn | undefined;
  readonly text: CanonicalText | NoCanonicalText;
}

/** The columns of the table in their order, each with its text or why it has none. */
function columnTexts(
  config: TableConfig,
  live: Relation,
  matched: readonly MatchedColumn[],
  postgisSchema: string | null,
): readonly ColumnText[] {
  const sources = new Map(matched.map(({ source, target }) => [target, source]));
  const names = new Set(matched.map(({ source }) => source.name));
  return live.columns.map((column, index) => {
    const source = sources.get(column.name);
    const unfilled = unfilledReason(config, column, source);
    if (unfilled !== undefined || source === undefined) {
      return { name: column.name, type: column.type, source: undefined, text: { reason: unfilled ?? '' } };
    }
    const sourceColumn = quoteSnowflakeIdentifier(source.name);
    const text = canonicalText(
      {
        sourceType: source.type,
        sourceTypeText: source.typeText,
        sourceColumn,
        targetType: column.type,
        targetColumn: column.name,
      },
      { strip: config.onUnrepresentable === 'strip', postgisSchema, float: floatColumn(sourceColumn, index, names) },
    );
    return { name: column.name, type: column.type, source, text };
  });
}

function unfilledReason(config: TableConfig, column: Column, source: SourceColumn | undefined): string | undefined {
  if (column.generated !== '' || config.computed.some(({ name }) => name === column.name)) {
    return 'Postgres computes it from the other columns';
  }
  return source === undefined ? 'the source has no column for it' : undefined;
}

/** Names for what is computed beside a column, which no column of the source has. */
function floatColumn(column: string, index: number, taken: ReadonlySet<string>): FloatColumn {
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : quoteSnowflakeIdentifier(name));
  return {
    column,
    scaled: free(`SNOWMELT_SCALED_${index}`),
    exponent: free(`SNOWMELT_EXPONENT_${index}`),
    mantissa: free(`SNOWMELT_MANTISSA_${index}`),
  };
}

function keyColumn(config: TableConfig, name: string, texts: readonly ColumnText[]): HashedColumn {
  const found = texts.find((column) => column.name === name);
  if (found === undefined) {
    throw new SyncError('usage', `${config.name}: "key" names ${name}, which the table does not have.`, {
      table: config.name,
      remedy: `Its columns are ${texts.map((column) => column.name).join(', ')}.`,
    });
  }
  if (!('reason' in found.text)) return { name, text: found.text };
  throw new SyncError(
    'source.unsupported',
    `${config.name}: rows cannot be told apart by the key column ${name}: ${found.text.reason}.`,
    { table: config.name, remedy: 'Compare it with --level count, or choose another key.' },
  );
}
