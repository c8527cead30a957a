import { connectionNames } from '../../sync-core/snowflake/connections-toml.ts';
import type { NamedConnection } from '../protocol/protocol.ts';
import type { CommandContext } from './context.ts';

/**
 * The connections of Snowflake's own files.
 *
 * @throws SyncError `connection.invalid`.
 */
export async function sourceConnections({ host }: CommandContext): Promise<readonly NamedConnection[]> {
  const connections = await connectionNames(host);
  return connections.map(({ name, account, user, isDefault }) => ({
    name,
    account: account ?? null,
    user: user ?? null,
    isDefault,
  }));
}
