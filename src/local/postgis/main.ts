import { inspect, parseArgs } from 'node:util';
import type { ServerReport } from './control.ts';
import { DataFolder } from './data-folder.ts';
import { openEmbeddedPostgis } from './embedded-postgis.ts';
import type { EmbeddedPostgis } from './embedded-postgis.ts';
import { LocalPostgisError } from './local-postgis-error.ts';
import { identifyProcess } from './process-identity.ts';

/** A server whose folder was removed, or taken over, ends by itself, as PostgreSQL does without its postmaster.pid. */
const lookForStateMs = 5000;

/**
 * The process of the embedded PostGIS: `--data-dir DIR [--port N] [--in-memory]`. It reports to the process that
 * started it over IPC until it is ready, and ends on SIGTERM or SIGINT with everything committed on disk.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      'in-memory': { type: 'boolean', default: false },
    },
  });
  const dataDir = values['data-dir'];
  if (dataDir === undefined) throw new LocalPostgisError('start-failed', '--data-dir is missing');
  process.title = `snowmelt-postgis ${dataDir}`;
  const folder = new DataFolder(dataDir);
  await folder.create();

  const running: { postgis?: EmbeddedPostgis; stopping: boolean } = { stopping: false };
  const stop = async (): Promise<void> => {
    if (running.stopping) return;
    running.stopping = true;
    if ((await folder.readState())?.process.pid === process.pid) await folder.removeState();
    await running.postgis?.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());

  const postgis = await openEmbeddedPostgis({
    dataDir: folder.path,
    inMemory: values['in-memory'],
    port: values.port === undefined ? undefined : Number(values.port),
    onStep: (step) => {
      report({ kind: 'step', step });
    },
    onRestart: (reason) => {
      log(`starting again after ${inspect(reason)}`);
    },
  });
  running.postgis = postgis;
  log(`ready on ${postgis.url}`);
  void postgis.crashed.then((error) => {
    if (running.stopping) return;
    log(inspect(error));
    process.exit(1);
  });
  await folder.writeState({
    process: await identifyProcess(process.pid),
    instance: postgis.instance,
    port: postgis.port,
    url: postgis.url,
    version: postgis.version,
    postgisVersion: postgis.postgisVersion,
    startedAt: new Date().toISOString(),
  });
  setInterval(() => {
    void folder.readState().then((state) => {
      if (state?.instance !== postgis.instance) void stop();
    });
  }, lookForStateMs);
  report({ kind: 'ready' });
}

function report(message: ServerReport): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function log(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}

main().catch((error: unknown) => {
  const known = error instanceof LocalPostgisError;
  const message = error instanceof Error ? error.message : String(error);
  log(inspect(error));
  report({ kind: 'failed', code: known ? error.code : 'start-failed', message });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
