import { throwIfAborted } from './abort.ts';
import { configHash } from './config/config-hash.ts';
import type { RelationName, TableConfig } from './config/resolved.ts';
import type { SyncEnvironment } from './environment.ts';
import { isSyncError, toErrorDocument, toSyncError } from './errors.ts';
import { claimLost } from './ledger/claims.ts';
import { startHeartbeat } from './ledger/heartbeat.ts';
import { Ledger, type LeftStaging, type NewRun } from './ledger/ledger.ts';
import { displayRelation } from './postgres/identifiers.ts';
import type { PostgresSession } from './postgres/session.ts';
import { Run } from './run.ts';
import type { SnowflakeSession } from './snowflake/session.ts';
import { dropStaging } from './stage/staging.ts';

/** How long a cleanup may wait for a lock, in ms. What it cannot remove, the next run will. */
const cleanupLockTimeoutMs = 5_000;

/** A run that holds the claim of its table, and what it needs to do its work. */
export interface ClaimedRun {
  readonly environment: SyncEnvironment;
  readonly config: TableConfig;
  readonly run: Run;
  readonly newRun: NewRun;
  readonly ledger: Ledger;
  /**
   * The session of the ledger and the heartbeat. It is not aborted with the run, so that the end can be recorded, and connects again
   * where its connection was cut.
   */
  readonly control: PostgresSession;
  /** Aborted when the user cancels or the claim is lost. */
  readonly signal: AbortSignal;
  /** A session for the work itself; aborted and closed with the run. */
  openPostgres(): Promise<PostgresSession>;
  openSnowflake(parameters: Readonly<Record<string, string | number>>): Promise<SnowflakeSession>;
  /** Writes down where a staging table will be, before it is created: it is removed if the run fails, or by the next one. */
  willStage(staging: RelationName, source: string): Promise<void>;
  /** The staging table is live or gone. */
  hasStaged(): void;
}

/**
 * Claims the table, runs `body`, and records how it ended if it fails; success is recorded by `body`, in the transaction that
 * makes it so. Removes what abandoned runs of the table have left. Everything that was opened is closed.
 * @throws SyncError with table, target and step; `claim.held` when another run has the table.
 */
export async function claimedRun<T>(
  environment: SyncEnvironment,
  config: TableConfig,
  body: (claimed: ClaimedRun) => Promise<T>,
): Promise<T> {
  const run = new Run(config.name, environment.target, environment.onEvent);
  try {
    throwIfAborted(environment.signal);
    const control = await environment.connectPostgres({ applicationName: run.tag, reconnect: true });
    try {
      return await claimAndRun(environment, config, run, control, body);
    } finally {
      await control.close();
    }
  } catch (error) {
    const failure = toSyncError(error, { table: config.name, target: environment.target, step: run.currentStep });
    const outcome = failure.code === 'cancelled' ? 'cancelled' : 'failed';
    run.emit({ kind: 'run-finished', outcome, rows: 0, bytes: 0, ms: run.elapsedMs });
    throw failure;
  }
}

async function claimAndRun<T>(
  environment: SyncEnvironment,
  config: TableConfig,
  run: Run,
  control: PostgresSession,
  body: (claimed: ClaimedRun) => Promise<T>,
): Promise<T> {
  const ledger = await Ledger.open(control, config.target.schema);
  const newRun: NewRun = {
    run: run.id,
    table: config.name,
    relation: config.target,
    configHash: configHash(config),
    identity: environment.identity,
  };
  const left = await ledger.begin(control, newRun).catch(async (error: unknown) => {
    // Whether the claim was taken before the connection was cut is not known: it is given up.
    if (isSyncError(error, 'postgres.connectionLost')) {
      await recordFailure(environment, config, run, ledger, control, undefined, error);
    }
    throw error;
  });
  run.emit({ kind: 'run-started', startedAt: run.startedAt.toISOString() });
  const heartbeat = startHeartbeat(ledger, control, newRun, environment.signal);
  const { signal } = heartbeat;
  const releasers: (() => Promise<void>)[] = [];
  let staging: RelationName | undefined;
  try {
    for (const leftover of left) await removeLeftStaging(run, ledger, control, leftover);
    return await body({
      environment,
      config,
      run,
      newRun,
      ledger,
      control,
      signal,
      openPostgres: async () => {
        const session = await environment.connectPostgres({
          applicationName: run.tag,
          signal,
          onStatement: (text, ms) => {
            run.emit({ kind: 'statement', system: 'postgres', text, ms: Math.round(ms) });
          },
        });
        releasers.push(() => session.close());
        return session;
      },
      openSnowflake: async (parameters) => {
        const session = await environment.connectSnowflake({
          queryTag: run.tag,
          parameters,
          signal,
          onStatement: (text, ms) => {
            run.emit({ kind: 'statement', system: 'snowflake', text, ms: Math.round(ms) });
          },
        });
        releasers.push(() => session.close());
        return session;
      },
      willStage: async (relation, source) => {
        await ledger.recordStaging(control, run.id, relation, source);
        staging = relation;
      },
      hasStaged: () => {
        staging = undefined;
      },
    });
  } catch (error) {
    // The run's own sessions first: a COPY or index build that is still going holds the staging table.
    await release(releasers);
    const failure = await reasonOf(error, newRun, ledger, control);
    await recordFailure(environment, config, run, ledger, control, staging, failure);
    throw failure;
  } finally {
    await release(releasers);
    await heartbeat.stop();
  }
}

/** Removes the staging table of an earlier run. One that cannot be removed now keeps nobody from syncing, and is left to the next run. */
async function removeLeftStaging(
  run: Run,
  ledger: Ledger,
  control: PostgresSession,
  { run: earlier, staging }: LeftStaging,
): Promise<void> {
  try {
    await dropStaging(control, staging, cleanupLockTimeoutMs);
    await ledger.forgetStaging(control, earlier);
    run.emit({ kind: 'detail', step: 'plan', message: `Removed what the earlier run ${earlier} had left.` });
  } catch (error) {
    const message = `${displayRelation(staging)}, left by the earlier run ${earlier}, could not be removed yet: ${toSyncError(error).message}`;
    run.emit({
      kind: 'warning',
      warning: { code: 'staging.left', message, remedy: 'The next run tries again; so does `snowmelt clean`.' },
    });
  }
}

/** A run that was taken over notices that in many ways: its sessions are ended, or its staging table is gone. */
async function reasonOf(
  error: unknown,
  { run, table }: NewRun,
  ledger: Ledger,
  control: PostgresSession,
): Promise<unknown> {
  if (isSyncError(error, 'cancelled') || isSyncError(error, 'claim.lost')) return error;
  const status = await ledger.statusOf(control, run).catch(() => undefined);
  return status === 'abandoned' ? claimLost(table, error) : error;
}

/** Removes the staging table and records how the run ended. Neither hides the failure itself. */
async function recordFailure(
  environment: SyncEnvironment,
  config: TableConfig,
  run: Run,
  ledger: Ledger,
  control: PostgresSession,
  staging: RelationName | undefined,
  error: unknown,
): Promise<void> {
  const failure = toSyncError(error, { table: config.name, target: environment.target, step: run.currentStep });
  const record = async (session: PostgresSession): Promise<void> => {
    const stagingDropped =
      staging === undefined ||
      (await dropStaging(session, staging, cleanupLockTimeoutMs).then(
        () => true,
        () => false,
      ));
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
    try {
      const session = await environment.connectPostgres({ applicationName: run.tag });
      try {
        await record(session);
      } finally {
        await session.close();
      }
    } catch {
      return;
    }
  }
}

async function release(releasers: (() => Promise<void>)[]): Promise<void> {
  await Promise.all(releasers.splice(0).map((releaser) => releaser().catch(() => undefined)));
}
