import type { TableConfig } from '../config/resolved.ts';
import type { SyncEnvironment } from '../environment.ts';
import { isSyncError, SyncError, toSyncError } from '../errors.ts';
import { Ledger } from '../ledger/ledger.ts';
import { sourceParameters } from '../plan/source-query.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { Run } from '../run.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { compareBuckets, differingRows, firstBits } from './bucket-comparison.ts';
import { sourceSide, targetSide } from './compared-side.ts';
import { describeComparison, describeTarget, readingOptions, type Comparison } from './comparison.ts';
import { DifferenceTally } from './difference-tally.ts';
import { describeDifferences, keysAtOnce } from './row-differences.ts';
import { sourceCount } from './source-hashes.ts';
import { takeSnapshot } from './source-snapshot.ts';
import { targetCount } from './target-hashes.ts';
import { compareUnhashed } from './unhashed-comparison.ts';
import type { UnhashedColumn, Verification, VerifyLevel } from './verification.ts';

export interface VerifyOptions {
  /** Undefined: `checksum` for a table with a key, `count` for one without. */
  readonly level: VerifyLevel | undefined;
  /** The most differing rows to return. */
  readonly limit: number;
  /** At `diff`, fetches the columns that cannot be hashed, and compares them too. */
  readonly allColumns?: boolean;
}

/** What a comparison is made with. */
interface Verifying {
  readonly config: TableConfig;
  readonly run: Run;
  readonly snowflake: SnowflakeSession;
  readonly postgres: PostgresSession;
  readonly signal: AbortSignal;
}

type Finding = Omit<Verification, 'table' | 'level' | 'ms' | 'repaired'>;

/**
 * Compares one table with its source. Writes nothing on either side, except that rows which differ go through a temporary table of
 * Postgres at `diff`. A difference is part of the result, no failure.
 * @throws SyncError with table, target and step; `target.missing` where there is no table, `postgres.privilege` where the role may
 * not read it, or only some of its rows.
 */
export async function verifyTable(
  environment: SyncEnvironment,
  config: TableConfig,
  options: VerifyOptions,
): Promise<Verification> {
  const run = new Run(config.name, environment.target, environment.onEvent);
  const level = options.level ?? (config.key.length > 0 ? 'checksum' : 'count');
  const opened: (PostgresSession | SnowflakeSession)[] = [];
  run.emit({ kind: 'run-started', startedAt: run.startedAt.toISOString() });
  try {
    const { signal } = environment;
    const postgres = await environment.connectPostgres({
      applicationName: run.tag,
      signal,
      onStatement: (text, ms) => {
        run.emit({ kind: 'statement', system: 'postgres', text, ms: Math.round(ms) });
      },
    });
    opened.push(postgres);
    await run.step('plan', () => describeTarget(postgres, config));
    const snowflake = await environment.connectSnowflake({
      queryTag: run.tag,
      parameters: sourceParameters(config),
      signal,
      onStatement: (text, ms) => {
        run.emit({ kind: 'statement', system: 'snowflake', text, ms: Math.round(ms) });
      },
    });
    opened.push(snowflake);
    const verifying = { config, run, snowflake, postgres, signal };
    const finding = await run.step('verify', () => findDifferences(verifying, level, options));
    run.emit({ kind: 'run-finished', outcome: 'success', rows: finding.sourceRows, bytes: 0, ms: run.elapsedMs });
    return { table: config.name, level, ...finding, repaired: 0, ms: run.elapsedMs };
  } catch (error) {
    const failure = toSyncError(error, { table: config.name, target: environment.target, step: run.currentStep });
    const outcome = failure.code === 'cancelled' ? 'cancelled' : 'failed';
    run.emit({ kind: 'run-finished', outcome, rows: 0, bytes: 0, ms: run.elapsedMs });
    throw failure;
  } finally {
    await Promise.allSettled(opened.map((session) => session.close()));
  }
}

async function findDifferences(
  verifying: Verifying,
  level: VerifyLevel,
  options: Pick<VerifyOptions, 'limit' | 'allColumns'>,
): Promise<Finding> {
  const before = await liveVersion(verifying);
  const finding = level === 'count' ? await compareCounts(verifying) : await compareRows(verifying, level, options);
  if ((await liveVersion(verifying)) === before) return finding;
  const { config } = verifying;
  throw new SyncError('target.incompatible', `${config.name} got other rows while it was compared: a sync has ended.`, {
    table: config.name,
    remedy: 'Run it again.',
  });
}

/** Changes with every sync, so that one that ends in the middle of a comparison is not taken for differences. */
async function liveVersion({ postgres, config }: Verifying): Promise<string> {
  const { oid } = await describeTarget(postgres, config);
  try {
    const ledger = await Ledger.find(postgres, config.target.schema);
    const record = await ledger?.table(postgres, config.target);
    return `${oid} ${record?.generation ?? ''}`;
  } catch (error) {
    // A role that only reads the table sees by its oid alone whether it was replaced.
    if (!isSyncError(error, 'postgres.privilege')) throw error;
    return String(oid);
  }
}

async function compareCounts({ config, snowflake, postgres }: Verifying): Promise<Finding> {
  const snapshot = await takeSnapshot(snowflake, config);
  const [source, target] = await Promise.all([
    snowflake.read(sourceCount(snapshot.query)),
    postgres.query<{ rows: string }>(targetCount(config.target), [], readingOptions(config)),
  ]);
  const [sourceRows, targetRows] = [Number(source.rows[0]?.[0]), Number(target[0]?.rows)];
  return {
    status: sourceRows === targetRows ? 'equal' : 'different',
    sourceRows,
    targetRows,
    snapshot: snapshot.at?.toISOString() ?? null,
    hashedColumns: [],
    otherColumns: [],
    buckets: null,
    columnGroups: [],
    missing: null,
    extra: null,
    different: null,
    rows: [],
  };
}

async function compareRows(
  verifying: Verifying,
  level: 'checksum' | 'diff',
  { limit, allColumns = false }: Pick<VerifyOptions, 'limit' | 'allColumns'>,
): Promise<Finding> {
  const { config, snowflake, postgres, run, signal } = verifying;
  const live = await describeTarget(postgres, config);
  const comparison = await describeComparison(config, live, await takeSnapshot(snowflake, config), postgres);
  const [source, target] = [sourceSide(snowflake, comparison, signal), targetSide(postgres, comparison)];
  const buckets = await compareBuckets(source, target, firstBits(live.estimatedRows));
  const compared = {
    sourceRows: buckets.sourceRows,
    targetRows: buckets.targetRows,
    snapshot: comparison.snapshot.at?.toISOString() ?? null,
    hashedColumns: comparison.hashedColumns,
    otherColumns: comparison.otherColumns,
    buckets: { compared: 2 ** buckets.division.block, different: buckets.different.length },
    columnGroups: comparison.row.groups.map((columns, index) => ({
      columns,
      equal: buckets.equalGroups[index] ?? true,
    })),
  };
  if (level === 'checksum') {
    const status = buckets.different.length === 0 ? 'equal' : 'different';
    return { ...compared, status, missing: null, extra: null, different: null, rows: [] };
  }
  const tally = new DifferenceTally();
  for await (const differences of differingRows(source, target, buckets.different, { signal })) {
    const shown = differences.slice(0, Math.min(Math.max(0, limit - tally.rows.length), keysAtOnce));
    tally.addRows(await describeDifferences(comparison, shown, verifying), limit);
    tally.addHashes(differences.slice(shown.length));
    run.emit({ kind: 'detail', step: 'verify', message: `${tally.total} rows differ so far` });
  }
  if (allColumns) {
    const shown = (): number => Math.max(0, limit - tally.rows.length);
    await compareUnhashed(comparison, { snowflake, postgres, signal, shown }, ({ keys, rows }) => {
      tally.addUnhashed(keys.length, rows);
      return Promise.resolve();
    });
  }
  const { missing, extra, different, rows } = tally;
  return {
    ...compared,
    otherColumns: allColumns ? withFetched(comparison) : comparison.otherColumns,
    status: tally.total === 0 ? 'equal' : 'different',
    missing,
    extra,
    different,
    rows,
  };
}

/** Columns that are not hashed, and what was done with them where all are compared. */
function withFetched({ otherColumns, unhashedColumns }: Comparison): readonly UnhashedColumn[] {
  const fetched = new Set(unhashedColumns.map(({ column }) => column));
  return otherColumns.map(({ column, reason }) => ({
    column,
    reason: fetched.has(column) ? `${reason}; it was fetched and compared in every row` : reason,
  }));
}
