import type { TableConfig } from '../config/resolved.ts';
import type { SyncEnvironment } from '../environment.ts';
import { SyncError, toSyncError } from '../errors.ts';
import { displayRelation, quoteRelation } from '../postgres/identifiers.ts';
import { describeRelation, type Relation } from '../postgres/relation.ts';
import type { PostgresSession, TransactionOptions } from '../postgres/session.ts';
import { Run } from '../run.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { sourceCount } from './source-hashes.ts';
import { takeSnapshot } from './source-snapshot.ts';
import type { Verification, VerifyLevel } from './verification.ts';

export interface VerifyOptions {
  readonly level: Extract<VerifyLevel, 'count'>;
}

/**
 * Compares one table with its source. Writes nothing on either side. A difference is part of the result, no failure.
 * @throws SyncError with table, target and step; `target.missing` where there is no table, `postgres.privilege` where the role may
 * not read it, or only some of its rows.
 */
export async function verifyTable(
  environment: SyncEnvironment,
  config: TableConfig,
  options: VerifyOptions,
): Promise<Verification> {
  const run = new Run(config.name, environment.target, environment.onEvent);
  const opened: (PostgresSession | SnowflakeSession)[] = [];
  run.emit({ kind: 'run-started', startedAt: run.startedAt.toISOString() });
  try {
    const postgres = await environment.connectPostgres({
      applicationName: run.tag,
      signal: environment.signal,
      onStatement: (text, ms) => {
        run.emit({ kind: 'statement', system: 'postgres', text, ms: Math.round(ms) });
      },
    });
    opened.push(postgres);
    const live = await run.step('plan', () => requireRelation(postgres, config));
    const snowflake = await environment.connectSnowflake({
      queryTag: run.tag,
      parameters: {},
      signal: environment.signal,
      onStatement: (text, ms) => {
        run.emit({ kind: 'statement', system: 'snowflake', text, ms: Math.round(ms) });
      },
    });
    opened.push(snowflake);
    const verification = await run.step('verify', () => compareCounts(config, options, live, snowflake, postgres, run));
    run.emit({ kind: 'run-finished', outcome: 'success', rows: verification.sourceRows, bytes: 0, ms: run.elapsedMs });
    return verification;
  } catch (error) {
    const failure = toSyncError(error, { table: config.name, target: environment.target, step: run.currentStep });
    const outcome = failure.code === 'cancelled' ? 'cancelled' : 'failed';
    run.emit({ kind: 'run-finished', outcome, rows: 0, bytes: 0, ms: run.elapsedMs });
    throw failure;
  } finally {
    await Promise.allSettled(opened.map((session) => session.close()));
  }
}

async function requireRelation(postgres: PostgresSession, config: TableConfig): Promise<Relation> {
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

async function compareCounts(
  config: TableConfig,
  { level }: VerifyOptions,
  live: Relation,
  snowflake: SnowflakeSession,
  postgres: PostgresSession,
  run: Run,
): Promise<Verification> {
  const snapshot = await takeSnapshot(snowflake, config);
  const [source, target] = await Promise.all([
    snowflake.read(sourceCount(snapshot.query)),
    postgres.query<{ count: string }>(
      `SELECT count(*)::text AS count FROM ${quoteRelation(live)}`,
      [],
      reading(config),
    ),
  ]);
  const [sourceRows, targetRows] = [Number(source.rows[0]?.[0]), Number(target[0]?.count)];
  return {
    status: sourceRows === targetRows ? 'equal' : 'different',
    table: config.name,
    level,
    sourceRows,
    targetRows,
    snapshot: snapshot.at?.toISOString() ?? null,
    hashedColumns: [],
    otherColumns: [],
    missing: null,
    extra: null,
    different: null,
    rows: [],
    repaired: 0,
    ms: run.elapsedMs,
  };
}

/** Rows that a policy hides must fail the statement, and not be taken for missing. */
function reading(config: TableConfig): TransactionOptions {
  return { statementTimeoutMs: config.statementTimeoutMs, settings: { row_security: 'off' } };
}
