import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { SyncWarning } from '../events.ts';
import { copyLineSelect, type CopyField } from '../extract/copy-line.ts';
import { postgresTypeOf } from '../extract/type-table.ts';
import type { Ledger, TableRecord } from '../ledger/ledger.ts';
import { chooseMode, type ModeChoice } from '../incremental/choose-mode.ts';
import { canonicalTypes } from '../postgres/canonical-types.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import { describeRelation, type Relation } from '../postgres/relation.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { parseSnowflakeType } from '../snowflake/data-types.ts';
import { describeQuery, type SourceColumn } from '../snowflake/describe.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { configurationPath } from '../stage/staging.ts';
import { hasIndex } from '../stage/staging-table.ts';
import type { TargetTable } from '../stage/target-table.ts';
import { unhashedColumns } from '../verify/comparison.ts';
import { chooseStrategy, type Choice, type StrategyName } from './choose-strategy.ts';
import { settleDrift, type Drift } from './drift.ts';
import { matchColumns } from './match-columns.ts';
import { sourceDescription, sourceQuery } from './source-query.ts';

/** What a sync of a table would do. Making it writes nothing. */
export interface SyncPlan {
  readonly config: TableConfig;
  /** For people: the object's name, or that it is a query. */
  readonly source: string;
  readonly target: TargetTable;
  /** What the ledger knows of the table, or of one that was there before; undefined where it knows nothing. */
  readonly record: TableRecord | undefined;
  /** The fields of the COPY line, and the target columns that they fill, in the same order. */
  readonly fields: readonly CopyField[];
  readonly copyColumns: readonly string[];
  /** Full Snowflake type of the source column that fills each target column. */
  readonly sourceColumns: Readonly<Record<string, string>>;
  /** How the table's columns differ from the source's. */
  readonly drift: Drift;
  /** The statement that extracts the rows. */
  readonly extractSql: string;
  readonly extractPath: Choice<'result'>;
  readonly mode: ModeChoice;
  readonly strategy: Choice<StrategyName>;
  readonly warnings: readonly SyncWarning[];
}

/**
 * Describes both sides and settles how the one becomes the other.
 * @throws SyncError where the sync could not succeed: a missing source, an incompatible target, a configuration that names what is not there.
 */
export async function planTable(
  written: TableConfig,
  snowflake: SnowflakeSession,
  postgres: PostgresSession,
  ledger: Ledger | undefined,
  options: { readonly full?: boolean } = {},
): Promise<SyncPlan> {
  const warnings: SyncWarning[] = [];
  const warn = (warning: SyncWarning): void => {
    warnings.push(warning);
  };
  const config = await withCanonicalTypes(written, postgres);
  const query = sourceQuery(config);
  const sourceColumns = await describeQuery(snowflake, query);
  const live = (await postgres.transaction((transaction) => describeRelation(transaction, config.target))) ?? null;
  if (live !== null) requireAdoptable(config, live);
  const record = await ledger?.table(postgres, config.target);
  // A table that somebody has put in the place of the synced one has its columns on purpose.
  const lastColumns = record?.oid === live?.oid ? (record?.sourceColumns ?? null) : null;
  const { columns, drift } = matchColumns({
    config,
    sourceColumns,
    live,
    lastColumns,
    newType: await newTypes(config, sourceColumns, lastColumns ?? {}, postgres),
    warn,
  });
  if (live !== null) await settleDrift(config, live, drift, postgres, warn);
  const compared = config.incremental !== undefined && live !== null;
  const mode = chooseMode({
    config: written,
    live,
    record,
    drift,
    sourceColumns,
    unhashed: compared ? unhashedColumns(config, live, sourceColumns, postgres) : [],
    full: options.full ?? false,
  });
  if (mode.lasting) warn(neverIncremental(config, mode));
  const names = new Set(columns.map(({ name }) => name));
  requireColumns(config, 'key', config.key, names);
  for (const index of config.indexes) {
    const indexed = index.elements.filter(({ kind }) => kind === 'column').map(({ value }) => value);
    requireColumns(config, 'indexes', [...indexed, ...index.include], names);
  }
  const target: TargetTable = {
    relation: config.target,
    live,
    dropped: drift.dropped,
    columns,
    primaryKey: live === null ? config.key : [],
    newIndexes: config.indexes.filter((index) => live === null || !hasIndex(live, index)),
  };
  if (live !== null && target.newIndexes.length > 0) {
    warn({
      code: 'index.added',
      message: `${config.name}: ${target.newIndexes.length} indexes of the configuration are not on the table yet and will be added.`,
    });
  }
  const filled = columns.flatMap((column) => (column.source === null ? [] : [{ column, source: column.source }]));
  const fields = filled.map(({ column, source }) => ({
    source: source.name,
    type: source.type,
    postgresType: column.type,
  }));
  return {
    config,
    source: sourceDescription(config),
    target,
    record,
    fields,
    copyColumns: filled.map(({ column }) => column.name),
    sourceColumns: Object.fromEntries(filled.map(({ column, source }) => [column.name, source.typeText])),
    extractSql: copyLineSelect(query, fields, { strip: config.onUnrepresentable === 'strip' }),
    extractPath: { choice: 'result', reason: 'the result is streamed through the driver' },
    drift,
    mode,
    strategy: strategyFor(mode, config, live),
    warnings,
  };
}

function strategyFor(mode: ModeChoice, config: TableConfig, live: Relation | null): Choice<StrategyName> {
  if (mode.choice === 'full') return chooseStrategy(config, live);
  return { choice: 'merge', reason: 'only the rows that differ are changed' };
}

/** The plan of a sync that brings all rows over after all. */
export function withFullRefresh(plan: SyncPlan, mode: ModeChoice): SyncPlan {
  return { ...plan, mode, strategy: strategyFor(mode, plan.config, plan.target.live) };
}

function neverIncremental(config: TableConfig, { reason }: ModeChoice): SyncWarning {
  return {
    code: 'incremental.unavailable',
    message: `${config.name}: every sync is a full refresh, and none ${config.incremental?.mode ?? 'incremental'}: ${reason}.`,
    remedy: 'Leave out "incremental", or what is in its way.',
  };
}

/** The Postgres type, as the catalog names it, of a new column for each Snowflake type that is or was at the source. */
async function newTypes(
  config: TableConfig,
  sourceColumns: readonly SourceColumn[],
  lastColumns: Readonly<Record<string, string>>,
  postgres: PostgresSession,
): Promise<(typeText: string) => string> {
  const plain = (typeText: string): string => {
    const type = parseSnowflakeType(typeText);
    if (type.kind === 'geography' && config.geography === 'geography') return 'geography(Geometry,4326)';
    return postgresTypeOf(type, { vector: postgres.server.vectorSchema !== null });
  };
  const texts = [...sourceColumns.map(({ typeText }) => typeText), ...Object.values(lastColumns)];
  const path = configurationPath(config.target, postgres.server);
  const canonical = await canonicalTypes(postgres, texts.map(plain), path);
  return (typeText) => canonical.get(plain(typeText)) ?? plain(typeText);
}

/** The configuration with its types as the catalog names them. */
async function withCanonicalTypes(config: TableConfig, postgres: PostgresSession): Promise<TableConfig> {
  const given = [...Object.values(config.columns.types), ...config.computed.map(({ type }) => type)];
  const canonical = await canonicalTypes(postgres, given, configurationPath(config.target, postgres.server));
  const named = (type: string): string => canonical.get(type) ?? type;
  const types = Object.fromEntries(Object.entries(config.columns.types).map(([column, type]) => [column, named(type)]));
  return {
    ...config,
    columns: { ...config.columns, types },
    computed: config.computed.map((column) => ({ ...column, type: named(column.type) })),
  };
}

function requireColumns(
  config: TableConfig,
  where: string,
  wanted: readonly string[],
  names: ReadonlySet<string>,
): void {
  const missing = wanted.filter((name) => !names.has(name));
  if (missing.length === 0) return;
  throw new SyncError(
    'usage',
    `${config.name}: "${where}" names ${missing.join(', ')}, which the table will not have.`,
    {
      table: config.name,
      remedy: `Its columns are ${[...names].join(', ')}.`,
    },
  );
}

function requireAdoptable(config: TableConfig, live: Relation): void {
  const name = displayRelation(config.target);
  if (live.kind !== 'r') {
    const kinds: Readonly<Record<string, string>> = {
      v: 'a view',
      m: 'a materialized view',
      p: 'a partitioned table',
      f: 'a foreign table',
      S: 'a sequence',
      i: 'an index',
    };
    throw new SyncError(
      'target.incompatible',
      `${name} is ${kinds[live.kind] ?? 'no ordinary table'}; only an ordinary table can be synced.`,
      {
        table: config.name,
        remedy: `Set "target" of ${config.name} to another name.`,
      },
    );
  }
  if (!live.owned) {
    throw new SyncError(
      'postgres.privilege',
      `${name} belongs to the role ${live.owner}, which this session may not act as.`,
      {
        table: config.name,
        remedy: `Connect as ${live.owner}, or have it granted: GRANT ${live.owner} TO <role>.`,
      },
    );
  }
}
