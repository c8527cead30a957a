import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { LocalPostgisError } from './local-postgis-error.ts';
import { readTar } from './tar.ts';

/** The major version of the PostgreSQL in PGlite 0.5.8. */
const majorVersion = '18';

/**
 * Whether a PGDATA directory holds a database. Throws {@link LocalPostgisError} where it is one of another PostgreSQL.
 */
export async function hasDatabase(pgData: string): Promise<boolean> {
  const found = await readFile(join(pgData, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (found === undefined) return false;
  if (found.trim() !== majorVersion) {
    const message = `${pgData} belongs to PostgreSQL ${found.trim()}, this is ${majorVersion}; name another folder`;
    throw new LocalPostgisError('data-folder-unusable', message);
  }
  return true;
}

/**
 * Makes a PGDATA directory in one step: `fill` makes it under another name, and only a whole one gets its own. A process
 * that is killed meanwhile leaves nothing that looks like a database. Throws {@link LocalPostgisError} where something
 * else has the name.
 */
export async function createPgData(pgData: string, fill: (directory: string) => Promise<void>): Promise<void> {
  const partial = `${pgData}.partial`;
  if (existsSync(pgData)) await removeEmpty(pgData);
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(pgData), { recursive: true });
  await fill(partial);
  await rename(partial, pgData);
}

/** What is there and is no database is not ours to delete. */
async function removeEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    const message = `${directory} is there and is no PostgreSQL database; name another folder, or remove it`;
    throw new LocalPostgisError('data-folder-unusable', message, { cause: error });
  }
}

/** The template data directory as an uncompressed tar, as PGlite's `loadDataDir` takes it. */
export async function readTemplate(template: string): Promise<Buffer> {
  return promisify(brotliDecompress)(await readFile(template));
}

/** Unpacks the template data directory. */
export async function extractTemplate(template: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const { name, content } of readTar(await readTemplate(template))) {
    const path = join(directory, name);
    if (content) await writeFile(path, content, { mode: 0o600 });
    else await mkdir(path, { recursive: true, mode: 0o700 });
  }
}
