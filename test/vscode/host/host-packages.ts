import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packages = join(import.meta.dirname, '..', 'host-packages');

/** An installed VS Code Server. */
export interface HostPackages {
  /** The Node that it runs on. */
  readonly node: string;
  /** Its program. */
  readonly server: string;
}

/**
 * Installs VS Code Server (600 MB, a minute) where that has not been done on this machine: outside of the project, by its lock
 * file, for all copies of the project to share.
 */
export async function installHostPackages(): Promise<HostPackages> {
  const lock = await readFile(join(packages, 'package-lock.json'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'snowmelt');
  const folder = join(cache, `test-host-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
  if (!(await exists(folder))) await install(cache, folder);
  const modules = join(folder, 'node_modules');
  return { node: join(modules, 'node/bin/node'), server: join(modules, 'code-server/out/node/entry.js') };
}

/** In a folder beside it first, so that one which was cut short is never taken for whole. */
async function install(cache: string, folder: string): Promise<void> {
  console.log('Installing VS Code Server for the in-host tests …');
  await mkdir(cache, { recursive: true });
  const building = await mkdtemp(join(cache, 'installing-'));
  try {
    for (const name of ['package.json', 'package-lock.json'])
      await copyFile(join(packages, name), join(building, name));
    // No script of theirs is needed but the one that fetches Node's binary: native modules are used where they come prebuilt.
    await npm(building, 'ci', '--ignore-scripts');
    await npm(building, 'rebuild', 'node', '--ignore-scripts=false');
    await npm(join(building, 'node_modules/code-server/lib/vscode'), 'install', '--omit=dev', '--ignore-scripts');
    await rename(building, folder).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function npm(folder: string, ...args: string[]): Promise<void> {
  const env = { ...process.env, npm_config_loglevel: 'error' };
  await run('npm', [...args, '--no-audit', '--no-fund'], {
    cwd: folder,
    env,
    maxBuffer: 1e8,
    shell: process.platform === 'win32',
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
