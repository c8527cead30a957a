import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import { displayRelation, quoteRelation } from '../postgres/identifiers.ts';
import { sqlStateOf } from '../postgres/postgres-error.ts';
import type { PostgresSession, TransactionOptions } from '../postgres/session.ts';
import { withLockRetries, type SwapSessions } from '../swap/lock-retries.ts';
import { createContentStagingStatements, keyIndexStatement, nullKeyQuery } from './content-staging.ts';
import { createStagingStatements, finishStagingStatements, stagingIndexes } from './staging-table.ts';
import { configurationPath } from './staging.ts';
import type { Staging, TargetTable } from './target-table.ts';

const uniqueViolation = '23505';

/**
 * Memory of one index build, unless the server already gives more. Sorting 2.7M keys of a GiST or B-tree index fits in it.
 * @see https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAINTENANCE-WORK-MEM
 */
const indexBuildMemory = '256MB';

/** Creates the staging table, ready for COPY. */
export async function createStaging(work: PostgresSession, table: TargetTable, staging: Staging): Promise<void> {
  await work.transaction(
    (transaction) => transaction.run(createStagingStatements(table, staging)),
    options(work, table),
  );
}

/**
 * Builds the indexes on the loaded table, each in a transaction of its own.
 * @throws SyncError `source.duplicateKey` when the rows are not unique where they must be.
 */
export async function buildIndexes(
  work: PostgresSession,
  table: TargetTable,
  staging: Staging,
  config: TableConfig,
  onIndex: (message: string) => void,
): Promise<void> {
  for (const index of stagingIndexes(table, staging)) {
    const startedAt = performance.now();
    try {
      await work.transaction((transaction) => transaction.run(index.statements), {
        ...options(work, table),
        statementTimeoutMs: config.statementTimeoutMs,
        settings: {
          synchronous_commit: 'off',
          ...(!work.server.embedded && { maintenance_work_mem: indexBuildMemory }),
        },
      });
    } catch (error) {
      throw sqlStateOf(error) === uniqueViolation ? duplicateKey(config, index.finalName, error) : error;
    }
    onIndex(`Built ${index.description} in ${Math.round(performance.now() - startedAt)} ms.`);
  }
}

/**
 * Foreign keys, extended statistics and what else waits for the rows; then ANALYZE, so that the first query after the swap is planned
 * well. Each in a transaction of its own: a new foreign key locks the table that it refers to against writes until the commit,
 * and its writers wait no longer than the lock timeout while the lock is asked for.
 * @throws SyncError `swap.lockTimeout` when the table that a foreign key refers to is held for too long.
 */
export async function finishStaging(
  table: TargetTable,
  staging: Staging,
  config: TableConfig,
  sessions: SwapSessions,
): Promise<void> {
  const { work } = sessions;
  const { name: tableName, lockTimeoutMs, lockWaitMs, statementTimeoutMs } = config;
  for (const { statement, locksAnother } of finishStagingStatements(table, staging)) {
    if (locksAnother) {
      const locked = `the table that ${displayRelation(table.relation)} refers to`;
      const request = { tableName, live: null, locked, lockTimeoutMs, lockWaitMs };
      await withLockRetries((transaction) => transaction.run([statement]), request, sessions);
    } else {
      await work.query(statement, [], { ...options(work, table), statementTimeoutMs });
    }
  }
  await work.query(`ANALYZE ${quoteRelation(staging.relation)}`, [], { ...options(work, table), statementTimeoutMs });
}

/**
 * Creates the staging table of a strategy that changes the live table in place.
 * @param partial it will hold only rows that differ.
 */
export async function createContentStaging(
  work: PostgresSession,
  table: TargetTable,
  staging: Staging,
  partial = false,
): Promise<void> {
  await work.transaction(
    (transaction) => transaction.run(createContentStagingStatements(table, staging, partial)),
    options(work, table),
  );
}

/**
 * Makes the loaded rows ready to be compared with the live ones.
 * @param byKey whether rows are found by their key, which must then be there once and whole.
 * @throws SyncError `source.duplicateKey` or `source.nullKey`, before anything of the live table is touched.
 */
export async function prepareContent(
  work: PostgresSession,
  table: TargetTable,
  staging: Staging,
  config: TableConfig,
  byKey: boolean,
): Promise<void> {
  const settings = { ...options(work, table), statementTimeoutMs: config.statementTimeoutMs };
  if (byKey) {
    const [row] = await work.query<{ count: string }>(nullKeyQuery(staging, config.key), [], settings);
    if (row?.count !== '0') {
      throw new SyncError(
        'source.nullKey',
        `${config.name}: ${row?.count ?? '?'} rows of the source have NULL in the key (${config.key.join(', ')}).`,
        {
          table: config.name,
          remedy: 'Nothing was changed. Leave those rows out with a "query", or correct "key".',
        },
      );
    }
    try {
      await work.transaction((transaction) => transaction.run([keyIndexStatement(staging, config.key)]), settings);
    } catch (error) {
      throw sqlStateOf(error) === uniqueViolation ? duplicateKey(config, 'its key', error) : error;
    }
  }
  await work.transaction((transaction) => transaction.run([`ANALYZE ${quoteRelation(staging.relation)}`]), settings);
}

function options(work: PostgresSession, table: TargetTable): TransactionOptions {
  return { searchPath: configurationPath(table.relation, work.server) };
}

function duplicateKey(config: TableConfig, index: string, cause: unknown): SyncError {
  const detail =
    cause instanceof Error && cause.cause instanceof Error && 'detail' in cause.cause ? String(cause.cause.detail) : '';
  return new SyncError(
    'source.duplicateKey',
    `${config.name}: the source has rows that ${index} allows only once. ${detail}`.trim(),
    {
      table: config.name,
      cause,
      remedy: 'Nothing was changed. Remove the duplicates at the source (QUALIFY ROW_NUMBER() …), or correct "key".',
    },
  );
}
