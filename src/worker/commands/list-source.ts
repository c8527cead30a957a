import { parse } from 'jsonc-parser';
import { loadConfig } from '../../sync-core/config/load-config.ts';
import { parseConfig } from '../../sync-core/config/parse-config.ts';
import { resolveConfig } from '../../sync-core/config/resolve-config.ts';
import type { SourceConfig } from '../../sync-core/config/resolved.ts';
import { isSyncError, SyncError } from '../../sync-core/errors.ts';
import { snowflakeConnectionOptions } from '../../sync-core/snowflake/connection-options.ts';
import { listObjects, type Listing, type ListingRequest } from '../../sync-core/snowflake/list-objects.ts';
import { SnowflakeSession } from '../../sync-core/snowflake/session.ts';
import type { CommandContext } from './context.ts';
import { findConfigFile, readConfigFile } from './open-project.ts';

export interface ListSourceArguments {
  readonly config?: string | undefined;
  readonly list: ListingRequest['list'];
  /** As Snowflake has it, unquoted; needed for schemas and below, as `schema` and `object` further down. */
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
  readonly object?: string | undefined;
}

/**
 * Lists what the connection's role may see in Snowflake, one level at a time. Needs no warehouse.
 *
 * @throws SyncError `usage` where a name is missing; `snowflake.objectMissing` where there is no such container.
 */
export async function listSource(context: CommandContext, { config, ...names }: ListSourceArguments): Promise<Listing> {
  const request = requestOf(names);
  const source = await readSource(context, config);
  const { options, warnings } = await snowflakeConnectionOptions(source, context.host, context.secrets);
  for (const message of warnings) context.onNotice({ kind: 'warning', message });
  const session = await SnowflakeSession.open(options, { queryTag: 'snowmelt:list', signal: context.signal });
  try {
    return await listObjects(session, request);
  } finally {
    await session.close();
  }
}

/** The connection of a configuration, whatever is wrong with the rest of it: a table is not right yet while its name is typed. */
async function readSource(context: CommandContext, config: string | undefined): Promise<SourceConfig> {
  const file = await findConfigFile(context, config);
  const text = await readConfigFile(context, file);
  try {
    return loadConfig(text, file).source;
  } catch (error) {
    if (!isSyncError(error, 'config.invalid')) throw error;
    const { source } = (parse(text) ?? {}) as { readonly source?: unknown };
    const alone = JSON.stringify({ source, targets: { any: { embedded: true } }, tables: {} });
    const { config: readable } = parseConfig(alone);
    if (source === undefined || readable === undefined) throw error;
    return resolveConfig(readable, file).source;
  }
}

function requestOf({ list, database, schema, object }: Omit<ListSourceArguments, 'config'>): ListingRequest {
  if (list === 'databases') return { list };
  if (database === undefined) throw missingName(list, 'database');
  if (list === 'schemas') return { list, database };
  if (schema === undefined) throw missingName(list, 'schema');
  if (list === 'objects') return { list, database, schema };
  if (object === undefined) throw missingName(list, 'object');
  return { list, database, schema, object };
}

function missingName(list: ListingRequest['list'], name: string): SyncError {
  return new SyncError('usage', `To list ${list}, a ${name} must be named.`);
}
