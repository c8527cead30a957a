import { hostname } from 'node:os';
import { parseConfig } from '../../src/sync-core/config/parse-config.ts';
import { resolveConfig } from '../../src/sync-core/config/resolve-config.ts';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';
import type { SyncEnvironment } from '../../src/sync-core/environment.ts';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import type { RunIdentity } from '../../src/sync-core/ledger/ledger.ts';
import type { PostgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import { SnowflakeSession, type SnowflakeConnectionOptions } from '../../src/sync-core/snowflake/session.ts';

process.env.SNOWFLAKE_DISABLE_MINICORE = '1';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** This test process, as the ledger sees it. */
export const testIdentity: RunIdentity = {
  user: 'tester',
  machine: hostname(),
  processId: process.pid,
  client: 'snowmelt test',
  isRunning: (processId) => {
    try {
      process.kill(processId, 0);
      return true;
    } catch {
      return false;
    }
  },
};

/** The surroundings of a sync between the two, with its events gathered. */
export function syncEnvironment(
  postgres: PostgresConnectionOptions,
  snowflake: SnowflakeConnectionOptions,
  overrides: Partial<SyncEnvironment> = {},
): SyncEnvironment & { readonly events: SyncEvent[] } {
  const events: SyncEvent[] = [];
  return {
    target: 'test',
    identity: testIdentity,
    connectPostgres: (options) => PostgresSession.open(postgres, options),
    connectSnowflake: (options) => SnowflakeSession.open(snowflake, options),
    onEvent: (event) => {
      events.push(event);
    },
    signal: new AbortController().signal,
    events,
    ...overrides,
  };
}

/** The tables of a configuration, validated and resolved as a file would be. */
export function tablesOf(
  tables: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>> = {},
): ReadonlyMap<string, TableConfig> {
  const text = JSON.stringify({
    source: { connection: 'test' },
    targets: { test: { host: 'localhost' } },
    ...(Object.keys(defaults).length > 0 && { defaults }),
    tables,
  });
  const { config, problems } = parseConfig(text);
  if (config === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return resolveConfig(config, '/snowmelt.json').tables;
}

/** One table of that kind. */
export function tableOf(name: string, table: Readonly<Record<string, unknown>>): TableConfig {
  const config = tablesOf({ [name]: table }).get(name);
  if (config === undefined) throw new Error(`no table ${name}`);
  return config;
}
