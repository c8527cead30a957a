import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The first `psql` on the PATH of the extension host; undefined where there is none. */
export async function psqlPath(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'psql.exe' : 'psql';
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
