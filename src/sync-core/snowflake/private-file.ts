import type { HostAccess } from '../config/host-access.ts';
import { SyncError } from '../errors.ts';

/** A file that was found fit to be trusted. */
export interface PrivateFile {
  readonly text: string;
  /** What a person should know of its permissions. */
  readonly warning: string | undefined;
}

/**
 * Reads a file with secrets in it, and refuses it by the rules of Snowflake's driver: one that others can write, that is
 * executable, that the user cannot read and write, or that belongs to somebody else. One that others can read is a warning.
 * `SKIP_TOKEN_FILE_PERMISSIONS_VERIFICATION` turns the checks off, as in the driver; Windows has none.
 *
 * @throws SyncError `connection.invalid` for a refused file; `secret.unavailable` for one that is not there or not readable.
 */
export async function readPrivateFile(path: string, host: HostAccess): Promise<PrivateFile> {
  let status;
  try {
    status = await host.files.status(path);
    if (status?.kind === 'file') {
      const refusal = (host.env.SKIP_TOKEN_FILE_PERMISSIONS_VERIFICATION ?? '') === '' ? refusalOf(status) : undefined;
      if (refusal !== undefined) {
        throw new SyncError('connection.invalid', `${path} ${refusal}, so it is not trusted.`, {
          remedy: `Run chmod 600 ${path}, as the user whom it belongs to.`,
        });
      }
      const shared = status.mode !== undefined && (status.mode & 0o044) !== 0;
      const text = await host.files.read(path);
      return { text, warning: shared ? `${path} can be read by others: run chmod 600 on it.` : undefined };
    }
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw new SyncError('secret.unavailable', `${path} cannot be read.`, { cause: error });
  }
  throw new SyncError('secret.unavailable', `${path} ${status === undefined ? 'does not exist' : 'is not a file'}.`, {
    remedy: 'Check the path in the connection.',
  });
}

function refusalOf(status: { readonly mode: number | undefined; readonly ownedByUser: boolean }): string | undefined {
  if (status.mode === undefined) return undefined;
  const permissions = `(permissions ${status.mode.toString(8)})`;
  if ((status.mode & 0o111) !== 0) return `is executable ${permissions}`;
  if ((status.mode & 0o022) !== 0) return `can be written by others ${permissions}`;
  if ((status.mode & 0o600) !== 0o600) return `cannot be read and written by its owner ${permissions}`;
  return status.ownedByUser ? undefined : 'belongs to another user';
}
