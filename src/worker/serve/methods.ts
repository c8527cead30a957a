import { SyncError } from '../../sync-core/errors.ts';
import { clean } from '../commands/clean.ts';
import { connectionString } from '../commands/connection-string.ts';
import type { Selection } from '../commands/context.ts';
import { describeTable } from '../commands/describe-table.ts';
import { history } from '../commands/history.ts';
import { init } from '../commands/init.ts';
import { listSource } from '../commands/list-source.ts';
import { localStart, localState, localStop } from '../commands/local.ts';
import { mapQuery } from '../commands/map-query.ts';
import { plan } from '../commands/plan.ts';
import { readProject } from '../commands/read-project.ts';
import { rollback } from '../commands/rollback.ts';
import { sourceConnections } from '../commands/source-connections.ts';
import { sourceStatus } from '../commands/source-status.ts';
import { status } from '../commands/status.ts';
import { sync } from '../commands/sync.ts';
import { testConnection } from '../commands/test-connection.ts';
import { timeouts } from '../commands/timeouts.ts';
import { verify } from '../commands/verify.ts';
import { cleanDocument } from '../documents/clean-document.ts';
import { historyDocument } from '../documents/history-document.ts';
import { initDocument } from '../documents/init-document.ts';
import { localStartDocument, localStatusDocument, localStopDocument } from '../documents/local-documents.ts';
import { plansDocument } from '../documents/plan-document.ts';
import { projectDocument } from '../documents/project-document.ts';
import { rollbackDocument } from '../documents/rollback-document.ts';
import { sourceListDocument } from '../documents/source-list-document.ts';
import { sourceStatusDocument } from '../documents/source-status-document.ts';
import { statusDocument } from '../documents/status-document.ts';
import { syncsDocument } from '../documents/sync-document.ts';
import { tableDocument } from '../documents/table-document.ts';
import { timeoutsDocument } from '../documents/timeouts-document.ts';
import { verifyDocument } from '../documents/verify-document.ts';
import type { ClientRequests, SelectionParams } from '../protocol/protocol.ts';
import type { RequestContext } from './request-context.ts';

/** Requests that are the server's own business. */
type LifeCycle = 'initialize' | 'shutdown';

export type Method = Exclude<keyof ClientRequests, LifeCycle>;

export type Methods = {
  readonly [M in Method]: (
    context: RequestContext,
    params: ClientRequests[M]['params'],
  ) => Promise<ClientRequests[M]['result']>;
};

/** What each request does: a command, with its outcome as the document that `--json` prints too. */
export const methods: Methods = {
  'project/read': async (context, { config, text }) => projectDocument(await readProject(context, config, text)),
  plan: async (context, params) => plansDocument(await plan(context, selection(params))),
  sync: async (context, params) =>
    syncsDocument(
      await sync(
        context,
        { ...selection(params), force: params.force ?? false, full: params.full ?? false },
        () => undefined,
      ),
    ),
  verify: async (context, params) => {
    const { level, limit = 20, repair = false, allColumns = false } = params;
    const args = { ...selection(params), level, limit, repair, allColumns };
    return verifyDocument(await verify(context, args, () => undefined));
  },
  status: async (context, params) =>
    statusDocument(
      await status(looking(context), { ...selection(params), exact: params.exact ?? false, source: false }),
    ),
  'source/status': async (context, params) =>
    sourceStatusDocument(await sourceStatus(looking(context), { ...selection(params), exact: params.exact ?? false })),
  'table/describe': async (context, params) => tableDocument(await describeTable(looking(context), params)),
  'map/query': async (context, params) => ({ status: 'success', ...(await mapQuery(context, params)) }),
  history: async (context, params) =>
    historyDocument(
      await history(looking(context), {
        ...selection(params),
        limit: params.limit ?? 20,
        status: params.status,
        since: params.since === undefined ? undefined : timeOf(params.since),
      }),
    ),
  rollback: async (context, params) => rollbackDocument(await rollback(context, params)),
  clean: async (context, params) => {
    const dryRun = params.dryRun ?? false;
    const options = { ...selection(params), generations: params.generations ?? false, dryRun };
    return cleanDocument(await clean(context, options), dryRun);
  },
  timeouts: async (context, params) =>
    timeoutsDocument(await timeouts(context, { ...selection(params), apply: params.apply ?? false })),
  init: async (context, { config, sample, dataDir, force }) => {
    const options = { config, dataDir, sample: sample ?? false, force: force ?? false };
    return initDocument(await init(context, options));
  },
  'connection/test': async (context, params) => ({ status: 'success', ...(await testConnection(context, params)) }),
  'connection/string': async (context, params) => ({ status: 'success', ...(await connectionString(context, params)) }),
  'source/list': async (context, params) => sourceListDocument(await listSource(context, params)),
  'source/connections': async (context) => ({ status: 'success', connections: await sourceConnections(context) }),
  'local/start': async (context, { dataDir, withSnowflake, scale, empty, port }) => {
    const parts = { withSnowflake: withSnowflake ?? false, empty: empty ?? false, reset: false };
    return localStartDocument(await localStart(context, { dataDir, scale, port, ...parts }));
  },
  'local/stop': async (context, params) => localStopDocument(await localStop(context, params)),
  'local/status': async (context, params) => localStatusDocument(await localState(context, params)),
};

/** An editor asks for these by itself, to show what there is: that must not start a database. */
function looking(context: RequestContext): RequestContext {
  return { ...context, lookOnly: true };
}

function selection({ config, target, tables }: SelectionParams): Selection {
  return { config, target, tables: tables ?? [] };
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new SyncError('usage', `${JSON.stringify(text)} is not a time.`, {
    remedy: 'Write it as ISO 8601: 2026-03-01T14:05:00Z.',
  });
}
