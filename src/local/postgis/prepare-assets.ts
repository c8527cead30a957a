import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gunzip, gzip } from 'node:zlib';
import { assetNames, assetsIn, type PgliteAssets } from './assets.ts';
import { createDatabase } from './pglite.ts';
import type { TarEntry } from './tar.ts';
import { readTar, writeTar } from './tar.ts';

/**
 * On threads of their own, because PGlite keeps this one busy meanwhile. The levels are those above which nothing gets smaller by one
 * in a hundred, and which take a third of the time of the highest.
 */
const compress = { gunzip: promisify(gunzip), gzip: promisify(gzip), brotli: promisify(brotliCompress) };

/** Raise it when what {@link preparePgliteAssets} makes changes, so that what an older one made is not used. */
const format = 2;

/**
 * What stays of the package's PostGIS bundle: the core with its SQL, and PROJ's data. Raster, topology, the geocoder and
 * the upgrade scripts are two thirds of the 19.8 MB and a second of every start.
 */
const keptOfPostgis = [
  /^lib\/postgresql\/postgis-3\.so$/,
  /^share\/proj\//,
  /^share\/postgresql\/extension\/postgis\.control$/,
  /^share\/postgresql\/extension\/postgis--\d+\.\d+\.\d+\.sql$/,
];

/**
 * Fills a folder with all that a bundle needs in `pglite/`, from the installed packages: PGlite's files, PostGIS without
 * the parts that Snowmelt does not offer, and a template data directory in which PostGIS is created already, so that a
 * first start needs neither initdb nor CREATE EXTENSION.
 */
export async function preparePgliteAssets(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pglite = packageFolder('@electric-sql/pglite');
  for (const name of [assetNames.postgresWasm, assetNames.initdbWasm, assetNames.fileSystem]) {
    await cp(join(pglite, name), join(folder, name));
  }
  await cp(join(packageFolder('@electric-sql/pglite-pgvector'), assetNames.vector), join(folder, assetNames.vector));
  const archive = await readFile(join(packageFolder('@electric-sql/pglite-postgis'), assetNames.postgis));
  const kept = readTar(await compress.gunzip(archive)).filter(({ name }) =>
    keptOfPostgis.some((pattern) => pattern.test(name)),
  );
  const postgis = writeTar(kept);
  const results = await Promise.allSettled([
    compress.gzip(postgis, { level: 7 }).then((packed) => writeFile(join(folder, assetNames.postgis), packed)),
    makeTemplate(assetsIn(folder), postgis).then((template) => writeFile(join(folder, assetNames.template), template)),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** The folder under `node_modules/.cache` for the installed versions, made where it is missing. */
export async function cachedPgliteAssets(): Promise<string> {
  const pglite = packageFolder('@electric-sql/pglite');
  const manifests = ['pglite', 'pglite-postgis', 'pglite-pgvector'].map((name) =>
    readFile(join(packageFolder(`@electric-sql/${name}`), '..', 'package.json')),
  );
  const key = createHash('sha256').update(String(format));
  for (const manifest of await Promise.all(manifests)) key.update(manifest);
  const nodeModules = join(pglite, '..', '..', '..');
  const cached = join(nodeModules, '.cache', 'snowmelt', `pglite-${key.digest('hex').slice(0, 16)}`);
  if (existsSync(cached)) return cached;
  const own = `${cached}.${randomUUID()}`;
  try {
    await preparePgliteAssets(own);
    await rename(own, cached).catch((error: unknown) => {
      if (!existsSync(cached)) throw error;
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return cached;
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(name));
}

/**
 * A freshly made data directory, shut down cleanly so that it opens without recovery.
 * @param postgis the archive, not compressed: nobody waits for the compression of the one that is kept.
 */
async function makeTemplate(assets: PgliteAssets, postgis: Buffer): Promise<Buffer> {
  const scratch = await mkdtemp(join(tmpdir(), 'snowmelt-template-'));
  try {
    const pgData = join(scratch, 'pgdata');
    const unpacked = join(scratch, assetNames.postgis);
    await writeFile(unpacked, await compress.gzip(postgis, { level: 0 }));
    const pglite = await createDatabase({ ...assets, postgis: unpacked }, pgData);
    try {
      await pglite.exec('VACUUM (FREEZE, ANALYZE)');
    } finally {
      await pglite.close();
    }
    const tar = writeTar(await entriesOf(pgData));
    return await compress.brotli(tar, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 6,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: tar.length,
      },
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function entriesOf(folder: string): Promise<TarEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries = found.map(async (entry): Promise<TarEntry> => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    return { name, content: entry.isDirectory() ? undefined : await readFile(path) };
  });
  return (await Promise.all(entries)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
