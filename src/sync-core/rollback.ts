import { claimedRun, type ClaimedRun } from './claimed-run.ts';
import type { RelationName, TableConfig } from './config/resolved.ts';
import type { SyncEnvironment } from './environment.ts';
import { SyncError } from './errors.ts';
import { keptGenerations, pathBack, type KeptGeneration } from './ledger/kept-generations.ts';
import type { StoredGeneration } from './ledger/ledger.ts';
import { pruneGenerations } from './ledger/prune-generations.ts';
import { quoteRelation } from './postgres/identifiers.ts';
import { describeRelation, type Relation } from './postgres/relation.ts';
import type { Transaction } from './postgres/session.ts';
import { storageName } from './stage/staging.ts';
import { analyzeLive } from './swap/analyze-live.ts';
import { withoutForcedRowSecurity } from './swap/change-in-place.ts';
import { withLockRetries } from './swap/lock-retries.ts';
import { lockForMerge } from './swap/merge-swap.ts';
import { lockForRename } from './swap/rename-swap.ts';
import { restoreStatements } from './swap/restore-swap.ts';
import { copyGenerationStatement, lockForTruncate } from './swap/truncate-swap.ts';
import { refillStatements, undoStatements } from './swap/undo-merge.ts';

/** What a rollback did. */
export interface RollbackResult {
  readonly table: string;
  readonly run: string;
  /** The generation whose rows and structure are live again, under a new number. */
  readonly restored: number;
  readonly generation: number;
  readonly rows: number;
  readonly ms: number;
}

/**
 * Brings an earlier generation back, rows and structure, in one transaction. What it replaces becomes an earlier generation itself, so
 * that a rollback can be rolled back.
 * @param to the generation's number; undefined for the one before the live one.
 * @throws SyncError `rollback.unavailable` when that generation is not kept.
 */
export async function rollbackTable(
  environment: SyncEnvironment,
  config: TableConfig,
  to: number | undefined,
): Promise<RollbackResult> {
  return claimedRun(environment, config, async (claimed) => {
    const { run, ledger, control, signal } = claimed;
    const work = await claimed.openPostgres();
    const { live, path, retired } = await run.step('plan', async () => {
      const described = await work.transaction((transaction) => describeRelation(transaction, config.target));
      const record = await ledger.table(control, config.target);
      if (described === undefined || record === undefined) {
        throw new SyncError('rollback.unavailable', `${config.name} has not been synced by Snowmelt yet.`, {
          table: config.name,
          remedy: 'Run `snowmelt sync` first: each sync keeps the generation before it.',
        });
      }
      return {
        live: described,
        path: pathBack(config, await keptGenerations(control, ledger, config.target), record.generation, to),
        retired: storageName(config.target, `__g${record.generation}`, ledger.names),
      };
    });
    let outcome = { generation: 0, rows: 0 };
    await run.step('swap', () =>
      withLockRetries(
        async (transaction) => {
          outcome = await rollbackOnce(claimed, path, live, retired, transaction);
        },
        { tableName: config.name, live, lockTimeoutMs: config.lockTimeoutMs, lockWaitMs: config.lockWaitMs },
        {
          work,
          control,
          signal,
          onWaiting: (holders, waitedMs) => {
            run.emit({ kind: 'waiting', reason: 'lock', holders, waitedMs });
          },
        },
      ),
    );
    if (path[0].kind !== 'table') await analyzeLive(work, config.target);
    for (const warning of await pruneGenerations(control, ledger, config)) run.emit({ kind: 'warning', warning });
    run.emit({ kind: 'run-finished', outcome: 'success', rows: outcome.rows, bytes: 0, ms: run.elapsedMs });
    const restored = path[path.length - 1]?.generation ?? 0;
    return { table: config.name, run: run.id, restored, ...outcome, ms: run.elapsedMs };
  });
}

async function rollbackOnce(
  { config, ledger, run, newRun }: ClaimedRun,
  path: readonly [KeptGeneration, ...KeptGeneration[]],
  planned: Relation,
  retired: RelationName,
  transaction: Transaction,
): Promise<{ generation: number; rows: number }> {
  const [first] = path;
  const lock = { table: lockForRename, copy: lockForTruncate, undo: lockForMerge }[first.kind];
  await transaction.run(lock(planned));
  await ledger.fence(transaction, newRun);
  const live = await describeRelation(transaction, config.target);
  if (live?.oid !== planned.oid) {
    throw new SyncError('target.incompatible', `${config.name} was replaced meanwhile.`, {
      table: config.name,
      remedy: 'Nothing was changed. Run it again.',
    });
  }
  const previous: StoredGeneration = {
    relation: retired,
    kind: first.kind === 'table' ? 'table' : 'copy',
    structure: live,
  };
  const last = path[path.length - 1] ?? first;
  await transaction.run(withoutForcedRowSecurity(live).before);
  if (first.kind !== 'table') await transaction.query(copyGenerationStatement(config.target, retired));
  for (const generation of path) await restoreGeneration(config, generation, retired, transaction);
  // The restored table may force row security on its owner again, as it did.
  const rowSecurity = withoutForcedRowSecurity(last.structure);
  await transaction.run(rowSecurity.before);
  const rows = await countRows(transaction, config.target);
  const expected = last.rows ?? rows;
  if (rows !== expected) {
    throw new SyncError(
      'target.incompatible',
      `${config.name}: ${rows} rows would be live, but the generation had ${expected}.`,
      {
        table: config.name,
        remedy: 'Nothing was changed. Look for a rule or a trigger of the table that keeps rows from being changed.',
      },
    );
  }
  await transaction.run(rowSecurity.after);
  await ledger.forgetGenerations(
    transaction,
    config.target,
    path.map(({ generation }) => generation),
  );
  const generation = await ledger.recordSuccess(transaction, newRun, {
    rows,
    changes: null,
    bytes: 0,
    mode: null,
    extractPath: null,
    strategy: 'rollback',
    stepMs: run.stepMs,
    warnings: [],
    sourceQueryId: null,
    sourceSnapshot: null,
    configHash: last.configHash ?? newRun.configHash,
    sourceColumns: last.sourceColumns,
    sourceToken: last.sourceToken,
    sourceOffset: last.sourceOffset,
    previous,
  });
  return { generation, rows };
}

async function restoreGeneration(
  config: TableConfig,
  { kind, relation: stored, structure }: KeptGeneration,
  retired: RelationName,
  transaction: Transaction,
): Promise<void> {
  const live = await describeRelation(transaction, config.target);
  if (live === undefined) throw new SyncError('internal', 'The table is gone in the middle of its rollback.');
  if (kind === 'table') {
    await transaction.run(restoreStatements({ live, retired, stored, structure }));
    return;
  }
  const rows =
    kind === 'undo' ? undoStatements(live, stored, structure, config.key) : refillStatements(live, stored, structure);
  await transaction.run([...rows, `DROP TABLE ${quoteRelation(stored)}`]);
}

async function countRows(transaction: Transaction, relation: RelationName): Promise<number> {
  const [row] = await transaction.query<{ count: string }>(`SELECT count(*) FROM ${quoteRelation(relation)}`);
  return Number(row?.count);
}
