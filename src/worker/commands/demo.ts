import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../sync-core/config/load-config.ts';
import type { EmbeddedTarget, ResolvedConfig } from '../../sync-core/config/resolved.ts';
import { SyncError } from '../../sync-core/errors.ts';
import type { PostgresSession } from '../../sync-core/postgres/session.ts';
import type { SnowflakeSession } from '../../sync-core/snowflake/session.ts';
import type { SyncResult } from '../../sync-core/sync.ts';
import { syncEnvironment } from './connections.ts';
import type { CommandContext } from './context.ts';
import { changeSource, checkChange, type SourceChange } from './demo-change.ts';
import { findNearby, type NearbyQuery } from './demo-query.ts';
import { killLeftovers } from './demo-leftovers.ts';
import { localStart, localStop, type LocalStartOutcome } from './local.ts';
import type { Project } from './open-project.ts';
import { sampleConfig, sampleConfigFile } from './sample-config.ts';
import { syncProject, type TableOutcome } from './sync.ts';

export interface DemoArguments {
  /** Of the sample data; 1 is 294,411 rows in three tables. */
  readonly scale: number;
  readonly seed?: number | undefined;
  /** Leaves the local parts running, with a configuration for them. */
  readonly keep: boolean;
}

export interface DemoOutcome {
  /** What the first sync of each table did. */
  readonly tables: readonly SyncResult[];
  /** What was changed in the source, and the sync that brought it over. */
  readonly change: SourceChange & { readonly sync: SyncResult };
  readonly query: NearbyQuery;
  readonly ms: number;
  /** With `keep`: where everything is. */
  readonly kept: { readonly home: string; readonly url: string; readonly config: string } | undefined;
}

/** The variable that carries the stand-in's password from here to the configuration; it is no variable of the process. */
const passwordVariable = 'SNOWMELT_DEMO_PASSWORD';

/**
 * Shows everything on embedded parts with sample data: both are started in a folder of their own, the example's tables are
 * synced through the driver and the sockets, compared with the source, changed there and synced again, and asked for what
 * is near a point. Unless `keep`, everything is stopped and removed at the end, also on failure.
 *
 * @throws SyncError of whatever did not work; `arrival.mismatch` or `verify.difference` where the rows are not the source's.
 */
export async function demo(
  context: CommandContext,
  { scale, seed, keep }: DemoArguments,
  onTable: (outcome: TableOutcome) => void,
): Promise<DemoOutcome> {
  const startedAt = performance.now();
  const home = await mkdtemp(join(tmpdir(), 'snowmelt-demo-'));
  let kept = false;
  const leftovers = killLeftovers(home);
  try {
    const parts = await localStart(context, {
      dataDir: home,
      withSnowflake: true,
      empty: false,
      reset: false,
      scale,
      seed,
    });
    await leftovers.watch();
    const project = await demoProject(parts);
    const inDemo = withPassword(context, parts);
    const tables = requireSynced(await syncProject(inDemo, project, { force: false, onTable }));
    const { change, query } = await changeAndAsk(inDemo, project, onTable);
    const config = join(home, 'snowmelt.json');
    if (keep) {
      await writeFile(config, await keptConfig(parts));
      kept = true;
    }
    const ms = Math.round(performance.now() - startedAt);
    return { tables, change, query, ms, kept: kept ? { home, url: parts.postgres.url, config } : undefined };
  } finally {
    if (!kept) {
      context.onNotice({ kind: 'progress', message: 'Stopping the local parts …' });
      await localStop(context, { dataDir: home });
      await rm(home, { recursive: true, force: true });
    }
    leftovers.release();
  }
}

async function changeAndAsk(
  context: CommandContext,
  project: Project,
  onTable: (outcome: TableOutcome) => void,
): Promise<Pick<DemoOutcome, 'change' | 'query'>> {
  const environment = await syncEnvironment(context, project.config, project.target);
  const { signal } = context;
  const opened: (PostgresSession | SnowflakeSession)[] = [];
  try {
    const snowflake = await environment.connectSnowflake({ queryTag: 'snowmelt:demo', signal });
    opened.push(snowflake);
    const postgres = await environment.connectPostgres({ applicationName: 'snowmelt:demo', signal });
    opened.push(postgres);
    const change = await changeSource(snowflake);
    const changed = project.tables.filter(({ name }) => name === change.table);
    const [sync] = requireSynced(
      await syncProject(context, { ...project, tables: changed }, { force: false, onTable }),
    );
    if (sync === undefined) throw new Error(`the example has no table ${change.table}`);
    await checkChange(postgres, change);
    return { change: { ...change, sync }, query: await findNearby(postgres) };
  } finally {
    for (const session of opened) await session.close();
  }
}

/** The example's configuration, with the local parts in place of its own source and targets. */
async function demoProject(parts: LocalStartOutcome): Promise<Project> {
  const file = sampleConfigFile();
  const example = loadConfig(await readFile(file, 'utf8'), file);
  const { accessUrl, account, user } = sourceOf(parts);
  const target: EmbeddedTarget = { kind: 'embedded', name: 'demo', dataDir: parts.home, port: undefined };
  const config: ResolvedConfig = {
    ...example,
    source: {
      connection: undefined,
      options: { accessUrl, account, username: user },
      secrets: { password: { env: passwordVariable } },
    },
    targets: new Map([[target.name, target]]),
    defaultTarget: target.name,
  };
  return { config, target, tables: [...config.tables.values()] };
}

function withPassword(context: CommandContext, parts: LocalStartOutcome): CommandContext {
  const env = { ...context.secrets.env, [passwordVariable]: sourceOf(parts).password };
  return { ...context, secrets: { ...context.secrets, env } };
}

async function keptConfig(parts: LocalStartOutcome): Promise<string> {
  const { accessUrl, account, user } = sourceOf(parts);
  const passwordCommand = ['snowmelt', 'local', 'status', '--password', '--data-dir', parts.home] as const;
  return sampleConfig({ accessUrl, account, user, passwordCommand, dataDir: parts.home });
}

function sourceOf({ snowflake }: LocalStartOutcome): NonNullable<LocalStartOutcome['snowflake']> {
  if (snowflake === undefined) throw new Error('the stand-in was not started although it was asked for');
  return snowflake;
}

/** The results, where every table was synced. @throws the first failure. */
function requireSynced({ tables }: { readonly tables: readonly TableOutcome[] }): SyncResult[] {
  return tables.map((outcome) => {
    if (outcome.status === 'failed') throw outcome.error;
    const { result } = outcome;
    // Where only what has changed was sent, the sync has counted for itself what the table must have.
    if (result.changes === null && result.rowsSynced !== result.finalCount) {
      throw new SyncError(
        'arrival.mismatch',
        `${result.rowsSynced} rows were sent, and ${result.finalCount} are there.`,
        {
          table: result.table,
          details: { expectedRows: result.rowsSynced, arrivedRows: result.finalCount },
        },
      );
    }
    return result;
  });
}
