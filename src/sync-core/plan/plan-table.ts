import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { SyncWarning } from '../events.ts';
import { copyLineSelect, type CopyField } from '../extract/copy-line.ts';
import { canonicalTypes } from '../postgres/canonical-types.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import { describeRelation, type Relation } from '../postgres/relation.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { describeQuery } from '../snowflake/describe.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { configurationPath } from '../stage/staging.ts';
import { hasIndex } from '../stage/staging-table.ts';
import type { TargetTable } from '../stage/target-table.ts';
import { chooseStrategy, type Choice, type StrategyName } from './choose-strategy.ts';
import { matchColumns } from './match-columns.ts';
import { sourceDescription, sourceQuery } from './source-query.ts';

/** What a sync of a table would do. Making it writes nothing. */
export interface SyncPlan {
  readonly config: TableConfig;
  /** For people: the object's name, or that it is a query. */
  readonly source: string;
  readonly target: TargetTable;
  /** The fields of the COPY line, and the target columns that they fill, in the same order. */
  readonly fields: readonly CopyField[];
  readonly copyColumns: readonly string[];
  /** The statement that extracts the rows. */
  readonly extractSql: string;
  readonly extractPath: Choice<'result'>;
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
  const strategy = chooseStrategy(config, live);
  const columns = matchColumns(config, sourceColumns, live, { vector: postgres.server.vectorSchema !== null }, warn);
  const names = new Set(columns.map(({ name }) => name));
  requireColumns(config, 'key', config.key, names);
  for (const index of config.indexes) {
    const indexed = index.elements.filter(({ kind }) => kind === 'column').map(({ value }) => value);
    requireColumns(config, 'indexes', [...indexed, ...index.include], names);
  }
  const target: TargetTable = {
    relation: config.target,
    live,
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
    fields,
    copyColumns: filled.map(({ column }) => column.name),
    extractSql: copyLineSelect(query, fields, { strip: config.onUnrepresentable === 'strip' }),
    extractPath: { choice: 'result', reason: 'the result is streamed through the driver' },
    strategy,
    warnings,
  };
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
