import { posix, win32 } from 'node:path';
import type { HostAccess } from '../../sync-core/config/host-access.ts';

/**
 * The folder of what Snowmelt keeps on this machine for its user: `$SNOWMELT_HOME`, or `snowmelt` where the platform keeps such
 * data (`$XDG_DATA_HOME` or `~/.local/share`, `~/Library/Application Support`, `%LOCALAPPDATA%`).
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function snowmeltHome(host: HostAccess): string {
  const set = (name: string): string | undefined => (host.env[name] === '' ? undefined : host.env[name]);
  const own = set('SNOWMELT_HOME');
  if (own !== undefined) return own;
  if (host.platform === 'win32') {
    return win32.join(set('LOCALAPPDATA') ?? win32.join(host.homeDir, 'AppData', 'Local'), 'snowmelt');
  }
  if (host.platform === 'darwin') return posix.join(host.homeDir, 'Library', 'Application Support', 'snowmelt');
  return posix.join(set('XDG_DATA_HOME') ?? posix.join(host.homeDir, '.local', 'share'), 'snowmelt');
}
