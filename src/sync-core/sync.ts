import { throwIfAborted } from './abort.ts';
import { configHash } from './config/config-hash.ts';
import type { TableConfig } from './config/resolved.ts';
import type { SyncEnvironment } from './environment.ts';
import { isSyncError, toErrorDocument, toSyncError, type SyncStep } from './errors.ts';
import type { SyncWarning } from './events.ts';
import { Ledger, type NewRun } from './ledger/ledger.ts';
import { startHeartbeat } from './ledger/heartbeat.ts';
import { pruneGenerations } from './ledger/prune-generations.ts';
import { planTable, type SyncPlan } from './plan/plan-table.ts';
import type { PostgresSession } from './postgres/session.ts';
import { Run } from './run.ts';
import type { RowSource, SnowflakeSession } from './snowflake/session.ts';
import { loadRows } from './stage/load-rows.ts';
import {
  buildIndexes,
  createContentStaging,
  createStaging,
  finishStaging,
  prepareContent,
} from './stage/prepare-staging.ts';
import { dropStaging, stagingOf, storageName } from './stage/staging.ts';
import { stagingIndexes } from './stage/staging-table.ts';
import type { Staging } from './stage/target-table.ts';
import { swap } from './swap/swap.ts';
import { verifyArrival, type Arrival } from './verify/arrival.ts';
import { countLiveRows, countStagedRows } from './verify/count-rows.ts';
import { guardRowCount } from './verify/guards.ts';

export interface SyncOptions {
  /** Skips the guards against an empty or shrunken source. */
  readonly force: boolean;
}

/** What a sync did. */
export interface SyncResult {
  readonly table: string;
  readonly run: string;
  /** Rows that Snowflake sent, and that were loaded. */
  readonly rowsSynced: number;
  /** Rows counted in the new table. */
  readonly finalCount: number;
  /** Bytes of COPY text. */
  readonly bytes: number;
  readonly generation: number;
  readonly strategy: string;
  readonly extractPath: string;
  readonly sourceQueryId: string;
  readonly ms: number;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly warnings: readonly SyncWarning[];
}

/** How long a cleanup may wait for a lock, in ms. What it cannot remove, the next run will. */
const cleanupLockTimeoutMs = 5_000;

/**
 * Makes one table equal to its source: plan → extract → stage → verify → swap, with the record of it in the swap's own
 * transaction. Until that commits no reader sees any change; if it does not, the live table is as it was, and what was
 * built beside it is removed here or, if this process dies, by the next run.
 * @throws SyncError with table, target and step.
 */
export async function syncTable(
  environment: SyncEnvironment,
  config: TableConfig,
  options: SyncOptions,
): Promise<SyncResult> {
  const run = new Run(config.name, environment.target, environment.onEvent);
  const context = { table: config.name, target: environment.target };
  try {
    return await withControl(environment, run, async (control) => {
      const ledger = await Ledger.open(control, config.target.schema);
      const newRun: NewRun = {
        run: run.id,
        table: config.name,
        relation: config.target,
        configHash: configHash(config),
        identity: environment.identity,
      };
      const abandoned = await ledger.begin(control, newRun);
      run.emit({ kind: 'run-started', startedAt: run.startedAt.toISOString() });
      const heartbeat = startHeartbeat(ledger, control, newRun, environment.signal);
      try {
        for (const { run: dead, staging } of abandoned) {
          if (staging !== null) await dropStaging(control, staging, cleanupLockTimeoutMs);
          run.emit({ kind: 'detail', step: 'plan', message: `Removed what the abandoned run ${dead} had left.` });
        }
        return await runPipeline({
          environment,
          config,
          options,
          run,
          newRun,
          ledger,
          control,
          signal: heartbeat.signal,
        });
      } finally {
        await heartbeat.stop();
      }
    });
  } catch (error) {
    const failure = toSyncError(error, { ...context, step: run.currentStep });
    run.emit({
      kind: 'run-finished',
      outcome: failure.code === 'cancelled' ? 'cancelled' : 'failed',
      rows: 0,
      bytes: 0,
      ms: run.elapsedMs,
    });
    throw failure;
  }
}

/** Everything that the steps of one run share. */
interface Pipeline {
  readonly environment: SyncEnvironment;
  readonly config: TableConfig;
  readonly options: SyncOptions;
  readonly run: Run;
  readonly newRun: NewRun;
  readonly ledger: Ledger;
  /** The session of the ledger and the heartbeat; it is not aborted with the run, so that the end can be recorded. */
  readonly control: PostgresSession;
  /** Aborted when the user cancels or the claim is lost. */
  readonly signal: AbortSignal;
}

async function runPipeline(pipeline: Pipeline): Promise<SyncResult> {
  const { environment, config, options, run, ledger, control, signal } = pipeline;
  const staged: { table?: Staging } = {};
  const releasers: (() => Promise<void>)[] = [];
  try {
    const onStatement = (system: 'snowflake' | 'postgres') => (text: string, ms: number) => {
      run.emit({ kind: 'statement', system, text, ms: Math.round(ms) });
    };
    const [work, snowflake] = await openBoth(
      environment.connectPostgres({ applicationName: run.tag, signal, onStatement: onStatement('postgres') }),
      environment.connectSnowflake({
        queryTag: run.tag,
        signal,
        onStatement: onStatement('snowflake'),
        parameters: sourceParameters(config),
      }),
      releasers,
    );

    const plan = await run.step('plan', async () => {
      const planned = await planTable(config, snowflake, work);
      for (const warning of planned.warnings) run.emit({ kind: 'warning', warning });
      return planned;
    });

    const snapshot = new Date();
    const source = await run.step('extract', async () => {
      const submitted = await snowflake.submit(plan.extractSql);
      if (!options.force) guardRowCount(config, submitted.rowCount, await countLiveRows(work, ledger, plan.target));
      return submitted;
    });

    const staging = stagingOf(plan.target, run.id, ledger.names);
    const arrived = await run.step('stage', async () => {
      await ledger.recordStaging(control, run.id, staging.relation, plan.source);
      staged.table = staging;
      return stageRows({ pipeline, plan, staging, source, work });
    });

    const finalCount = await run.step('verify', async () => {
      await verifyArrival(snowflake, source.queryId, arrived);
      return countStagedRows(work, staging, arrived);
    });

    const generation = await run.step('swap', () =>
      swapAndRecord({ pipeline, plan, staging, source, work, arrived, snapshot }),
    );
    delete staged.table;

    for (const warning of await pruneGenerations(control, ledger, config)) run.emit({ kind: 'warning', warning });
    run.emit({ kind: 'run-finished', outcome: 'success', rows: arrived.rows, bytes: arrived.bytes, ms: run.elapsedMs });
    return {
      table: config.name,
      run: run.id,
      rowsSynced: arrived.rows,
      finalCount,
      bytes: arrived.bytes,
      generation,
      strategy: plan.strategy.choice,
      extractPath: plan.extractPath.choice,
      sourceQueryId: source.queryId,
      ms: run.elapsedMs,
      stepMs: run.stepMs,
      warnings: plan.warnings,
    };
  } catch (error) {
    // The run's own sessions first: a COPY or index build that is still going holds the staging table.
    await release(releasers);
    await recordFailure(pipeline, staged.table, error);
    throw error;
  } finally {
    await release(releasers);
  }
}

interface Loading {
  readonly pipeline: Pipeline;
  readonly plan: SyncPlan;
  readonly staging: Staging;
  readonly source: RowSource;
  readonly work: PostgresSession;
}

/** Creates the staging table, fills it, and builds what is built better on a full table. */
async function stageRows({ pipeline, plan, staging, source, work }: Loading): Promise<Arrival> {
  const { config, run, signal } = pipeline;
  const inPlace = plan.strategy.choice !== 'rename';
  if (inPlace) await createContentStaging(work, plan.target, staging);
  else await createStaging(work, plan.target, staging);
  const arrived = await loadRows(work, source, plan, staging, { run, signal });
  if (inPlace) {
    await prepareContent(work, plan.target, staging, config, plan.strategy.choice === 'merge');
  } else {
    await buildIndexes(work, plan.target, staging, config, (message) => {
      run.emit({ kind: 'detail', step: 'stage', message });
    });
    await finishStaging(work, plan.target, staging);
  }
  return arrived;
}

/** The swap and its record, in one transaction. @returns the new generation's number. */
async function swapAndRecord(load: Loading & { readonly arrived: Arrival; readonly snapshot: Date }): Promise<number> {
  const { pipeline, plan, staging, source, work, arrived, snapshot } = load;
  const { config, run, newRun, ledger, control, signal } = pipeline;
  const before = await ledger.table(control, config.target);
  const retired = storageName(config.target, `__g${before?.generation ?? 0}`, ledger.names);
  let generation = 0;
  let recordMs = 0;
  try {
    await swap(
      {
        tableName: config.name,
        strategy: plan.strategy.choice,
        table: plan.target,
        key: config.key,
        staging,
        rows: arrived.rows,
        indexes: stagingIndexes(plan.target, staging),
        retired,
        keep: config.keepGenerations > 0,
        lockTimeoutMs: config.lockTimeoutMs,
        lockWaitMs: config.lockWaitMs,
        fence: (transaction) => ledger.fence(transaction, newRun),
        record: async (transaction, previous) => {
          const startedAt = performance.now();
          generation = await ledger.recordSuccess(transaction, newRun, {
            rows: arrived.rows,
            bytes: arrived.bytes,
            extractPath: plan.extractPath.choice,
            strategy: plan.strategy.choice,
            stepMs: run.stepMs,
            warnings: plan.warnings,
            sourceQueryId: source.queryId,
            sourceSnapshot: snapshot.toISOString(),
            previous,
          });
          recordMs = performance.now() - startedAt;
        },
      },
      {
        work,
        control,
        signal,
        onWaiting: (holders, waitedMs) => {
          run.emit({ kind: 'waiting', reason: 'lock', holders, waitedMs });
        },
      },
    );
  } catch (error) {
    // The answer to COMMIT was lost: the ledger, written in the same transaction, knows whether it happened.
    const unknown = isSyncError(error, 'postgres.connectionLost') && generation > 0;
    if (!unknown || (await ledger.statusOf(control, run.id)) !== 'success') throw error;
  }
  run.addStepTime('record', recordMs);
  return generation;
}

/** Removes the staging table and records how the run ended. Neither hides the failure itself. */
async function recordFailure(
  { environment, run, ledger, control, config }: Pipeline,
  staging: Staging | undefined,
  error: unknown,
): Promise<void> {
  const failure = toSyncError(error, { table: config.name, target: environment.target, step: run.currentStep });
  const record = async (session: PostgresSession): Promise<void> => {
    let stagingDropped = staging === undefined;
    if (staging !== undefined) {
      stagingDropped = await dropStaging(session, staging.relation, cleanupLockTimeoutMs).then(
        () => true,
        () => false,
      );
    }
    await ledger.recordFailure(session, run.id, {
      status: failure.code === 'cancelled' ? 'cancelled' : 'failed',
      error: toErrorDocument(failure),
      stepMs: run.stepMs,
      stagingDropped,
    });
  };
  try {
    await record(control);
  } catch {
    // The control session went with whatever failed: once more on a new one. If that fails too, the next run cleans up.
    await environment
      .connectPostgres({ applicationName: run.tag })
      .then(async (session) => {
        try {
          await record(session);
        } finally {
          await session.close();
        }
      })
      .catch(() => undefined);
  }
}

async function withControl<T>(
  environment: SyncEnvironment,
  run: Run,
  body: (control: PostgresSession) => Promise<T>,
): Promise<T> {
  throwIfAborted(environment.signal);
  const control = await environment.connectPostgres({ applicationName: run.tag });
  try {
    return await body(control);
  } finally {
    await control.close();
  }
}

/** Connects to both sides at once; whichever opened is closed by its releaser, also when the other fails. */
async function openBoth(
  postgres: Promise<PostgresSession>,
  snowflake: Promise<SnowflakeSession>,
  releasers: (() => Promise<void>)[],
): Promise<readonly [PostgresSession, SnowflakeSession]> {
  const [work, source] = await Promise.allSettled([postgres, snowflake]);
  if (work.status === 'fulfilled') releasers.push(() => work.value.close());
  if (source.status === 'fulfilled') releasers.push(() => source.value.close());
  if (work.status === 'rejected') throw work.reason;
  if (source.status === 'rejected') throw source.reason;
  return [work.value, source.value];
}

async function release(releasers: (() => Promise<void>)[]): Promise<void> {
  await Promise.all(releasers.splice(0).map((releaser) => releaser().catch(() => undefined)));
}

function sourceParameters(config: TableConfig): Readonly<Record<string, number>> {
  return config.sourceStatementTimeoutMs === undefined
    ? {}
    : { STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(config.sourceStatementTimeoutMs / 1_000) };
}
