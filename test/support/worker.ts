import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import type { TestSource } from './source.ts';

const program = join(import.meta.dirname, '../../dist/snowmelt.mjs');

/** A configuration in a folder of its own, for the built command. */
export interface WorkerConfig {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

export async function writeWorkerConfig(
  source: TestSource,
  target: { readonly host: string; readonly port: number; readonly database: string; readonly user: string },
  tables: Readonly<Record<string, unknown>>,
): Promise<WorkerConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-worker-'));
  const file = join(folder, 'snowmelt.json');
  const { accessUrl, account, username } = source.connection;
  await writeFile(
    file,
    JSON.stringify({
      source: { accessUrl, account, user: username, password: { env: 'SOURCE_PASSWORD' } },
      targets: { test: { ...target, sslmode: 'disable' } },
      tables,
    }),
  );
  return {
    file,
    env: { PATH: process.env.PATH, HOME: folder, SOURCE_PASSWORD: source.connection.password, NO_COLOR: '1' },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** How a run of the command ended. */
export interface WorkerResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the built `snowmelt` command.
 * @param onEvent told of each event of `--json`, with the process, so that a test can end it at that moment.
 */
export async function runWorker(
  config: WorkerConfig,
  args: readonly string[],
  onEvent: (event: SyncEvent, child: ChildProcess) => void = () => undefined,
): Promise<WorkerResult> {
  const child = spawn(process.execPath, [program, ...args, '--config', config.file], {
    env: config.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  const stderr: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr.push(line);
    if (line.startsWith('{')) onEvent(JSON.parse(line) as SyncEvent, child);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr: stderr.join('\n') });
    });
  });
}
