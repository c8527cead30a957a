import { randomBytes, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { LocalPostgisError } from '../postgis/local-postgis-error.ts';
import { identifyProcess } from '../postgis/process-identity.ts';
import { SampleConflictError, type SampleProgress, type SampleRequest } from '../sample/fill-sample.ts';
import type { SampleSize } from '../sample/grid-plan.ts';
import type { Engine } from './engine.ts';
import { faultDoor } from './fault-door.ts';
import { identityRoute } from './identity.ts';
import { LocalSnowflakeError, type LocalSnowflakeErrorCode } from './local-snowflake-error.ts';
import { ENGINE_URL_VARIABLE, type StandInReport } from './process-protocol.ts';
import { StandInFolder } from './stand-in-folder.ts';
import { startSnowflakeStandIn, type StandIn, type StandInOptions } from './wire/stand-in.ts';

/** Opens what the stand-in executes statements on. */
export type OpenEngine<E extends Engine> = (options: { readonly url: string }) => Promise<E>;

/** Fills an engine with sample data; tells of each table before its rows. */
export type FillEngine<E extends Engine> = (
  engine: E,
  request: SampleRequest,
  onTable: (table: SampleProgress) => void,
) => Promise<SampleSize>;

/**
 * The stand-in as a process: `--data-dir DIR [--port N] [--statement-log FILE] [--sample JSON] [--faults]`, the engine's
 * Postgres URL in the environment; the JSON is a {@link SampleRequest}. It reports to the process that started it over
 * IPC until it is ready, and ends on SIGTERM or SIGINT with its sessions closed.
 */
export function runStandInProcess<E extends Engine>(openEngine: OpenEngine<E>, fillEngine?: FillEngine<E>): void {
  run(openEngine, fillEngine).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    log(error instanceof Error ? (error.stack ?? message) : message);
    report({ kind: 'failed', code: codeOf(error), message });
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  });
}

async function run<E extends Engine>(openEngine: OpenEngine<E>, fillEngine?: FillEngine<E>): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      'statement-log': { type: 'string' },
      sample: { type: 'string' },
      faults: { type: 'boolean', default: false },
    },
  });
  const dataDir = values['data-dir'];
  const url = process.env[ENGINE_URL_VARIABLE];
  if (dataDir === undefined) throw new LocalSnowflakeError('start-failed', '--data-dir is missing');
  if (url === undefined || url === '')
    throw new LocalSnowflakeError('start-failed', `${ENGINE_URL_VARIABLE} is not set`);
  const { sample: request } = values;
  if (request !== undefined && !fillEngine) {
    throw new LocalSnowflakeError('start-failed', 'this engine takes no sample data');
  }
  process.title = `snowmelt-snowflake ${dataDir}`;

  const folder = new StandInFolder(dataDir);
  await folder.create();
  const opened: (() => Promise<void>)[] = [await folder.lock()];
  const closeAll = async (): Promise<void> => {
    for (let close; (close = opened.pop());) await close();
  };
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await folder.removeState();
    await closeAll();
    process.exit(0);
  };
  const onSignal = (): void => {
    stop().catch((error: unknown) => {
      log(String(error));
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  try {
    const engine = await openEngine({ url });
    opened.push(() => engine.close());
    const sample =
      request === undefined ? undefined : await fillEngine?.(engine, JSON.parse(request) as SampleRequest, reportTable);
    const instance = randomUUID();
    const faultToken = values.faults ? randomBytes(18).toString('base64url') : undefined;
    const user = 'SNOWMELT';
    const password = await folder.password();
    const running: { standIn?: StandIn } = {};
    const standIn = await startOnPort(folder, values.port, {
      engine,
      users: [{ name: user, password }],
      routes: [
        identityRoute(instance),
        ...(faultToken === undefined ? [] : [faultDoor(faultToken, () => running.standIn?.faults)]),
      ],
      report: log,
      ...(values['statement-log'] === undefined ? {} : { statementLog: values['statement-log'] }),
    });
    running.standIn = standIn;
    opened.push(() => standIn.close());
    await folder.writeState({
      process: await identifyProcess(process.pid),
      instance,
      port: standIn.port,
      accessUrl: standIn.accessUrl,
      account: standIn.account,
      user,
      password,
      ...(faultToken === undefined ? {} : { faultToken }),
      ...(sample === undefined ? {} : { sample }),
      startedAt: new Date().toISOString(),
    });
    log(`ready on ${standIn.accessUrl}`);
    report({ kind: 'ready' });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function reportTable(table: SampleProgress): void {
  log(`filling ${table.table}: ${table.rows} rows`);
  report({ kind: 'sample-table', table });
}

/** On the port that was asked for, else on the one of the last time, else on any. */
async function startOnPort(
  folder: StandInFolder,
  asked: string | undefined,
  options: StandInOptions,
): Promise<StandIn> {
  if (asked !== undefined) return startSnowflakeStandIn({ ...options, port: Number(asked) });
  try {
    return await startSnowflakeStandIn({ ...options, port: await folder.lastPort() });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startSnowflakeStandIn(options);
  }
}

function codeOf(error: unknown): LocalSnowflakeErrorCode {
  if (error instanceof LocalSnowflakeError) return error.code;
  if (error instanceof SampleConflictError) return 'sample-conflict';
  if (error instanceof LocalPostgisError && error.code === 'data-folder-in-use') return error.code;
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'port-in-use' : 'start-failed';
}

function report(message: StandInReport): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function log(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}
